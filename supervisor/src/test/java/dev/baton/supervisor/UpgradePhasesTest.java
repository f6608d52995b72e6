package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The way of an upgrade, and every way in which it does not come to its end. */
class UpgradePhasesTest {
    private final Lab lab = Lab.serving();

    /** Generation 1 has parked, generation 2 serves. */
    private void bake() {
        takeOver();
        lab.parked(1);
        assertEquals("baking", lab.phase.name());
        lab.done();
    }

    private void takeOver() {
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
    }

    @Test
    void anUpgradeGoesThroughItsStagesInOrder() {
        lab.done();
        assertTrue(lab.upgrade().granted());
        assertEquals(List.of("spawn 2"), lab.done());
        lab.ready(2);
        assertEquals(List.of("accept 2"), lab.done());
        lab.accepting(2);
        assertEquals(List.of("park 1"), lab.done());
        lab.parked(1);
        assertEquals(List.of(), lab.done());
        lab.pass(Lab.RULES.bake());
        assertEquals(List.of("drain 1 30s to 2"), lab.done());
        lab.drained(1);
        assertEquals(List.of(), lab.done());
        lab.exits(1);
        assertEquals(List.of("upgraded"), lab.done());
        assertEquals("serving", lab.phase.name());
        assertEquals(2, lab.active());
    }

    @Test
    void aBakeOfZeroIsNoBake() {
        Lab quick = Lab.serving(Lab.bakingFor(Duration.ZERO));
        quick.upgrade();
        quick.ready(2);
        quick.accepting(2);
        quick.parked(1);
        assertEquals("draining", quick.phase.name());
    }

    @Test
    void theOldOneParksOnlyAfterTheNewOneHasSaidThatItAccepts() {
        lab.upgrade();
        lab.ready(2);
        assertEquals(1, lab.active());
        assertFalse(lab.done().contains("park 1"));
    }

    @Test
    void candidateThatDiesBeforeReadyLeavesTheActiveWorkerServing() {
        lab.upgrade();
        lab.dies(2);
        assertEquals(Outcome.EXITED_BEFORE_READY, lab.outcome(1));
        assertEquals(
                "generation 2 was killed by SIGKILL before it was ready",
                lab.verdict(1).reason().orElseThrow());
        assertEquals("serving", lab.phase.name());
        assertEquals(1, lab.active());
        assertEquals(1, lab.alive.get(1).told.size(), "it was told to accept when it started, and nothing since");
        assertEquals(List.of(), lab.alive.get(1).signals);
    }

    @Test
    void candidateThatIsNotReadyInTimeIsTerminatedThenKilledAndItsExitAwaited() {
        lab.upgrade();
        lab.pass(Lab.RULES.ready());
        assertEquals("aborting", lab.phase.name());
        assertEquals(List.of(Signal.TERM), lab.alive.get(2).signals);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(2).signals);
        assertFalse(lab.concluded.containsKey(1L), "it is not over before its exit");
        lab.dies(2);
        assertEquals(Outcome.NOT_READY_IN_TIME, lab.outcome(1));
        assertEquals(1, lab.active());
    }

    @Test
    void candidateThatMissedAListenerFailsTheCheckByName() {
        lab.upgrade();
        lab.on(new Event.Ready(2, List.of("line")));
        lab.exits(2);
        assertEquals(Outcome.CHECK_FAILED, lab.outcome(1));
        assertTrue(lab.verdict(1).reason().orElseThrow().contains("has not bound listener line"));
    }

    @Test
    void candidateWithACheckIsAskedInPrivateAndAcceptsOnlyAfterAGoodAnswer() {
        lab.upgrade(Lab.V2_CHECKED);
        lab.done();
        lab.ready(2);
        assertEquals(List.of("ask 2 private"), lab.done());
        assertEquals("upgrading", lab.phase.name());
        assertEquals(Map.of(1L, "checking"), lab.phase.stages());
        lab.ready(2);
        assertEquals(List.of(), lab.done(), "it is asked once at a time");
        lab.passes(2);
        assertEquals(List.of("accept 2"), lab.done());
        assertEquals(Map.of(1L, "accepting"), lab.phase.stages());
    }

    @Test
    void candidateThatFailsItsCheckIsAskedAgainAfterPausesThatGrow() {
        lab.upgrade(Lab.V2_CHECKED);
        lab.ready(2);
        lab.done();
        int questions = 0;
        for (int pause : List.of(50, 100, 200, 400, 800, 1000, 1000)) {
            lab.fails(2, "503 \"warming up\"");
            lab.pass(Duration.ofMillis(pause - 1));
            assertEquals(List.of(), lab.done(), "before " + pause + " ms");
            lab.pass(Duration.ofMillis(1));
            assertEquals(List.of("ask 2 private"), lab.done(), "after " + pause + " ms");
            questions++;
        }
        assertEquals(7, questions);
        lab.passes(2);
        lab.accepting(2);
        lab.parked(1);
        assertEquals("baking", lab.phase.name());
    }

    @Test
    void candidateThatIsProvedIsWarmedUpBeforeItAccepts() {
        lab.upgrade(Lab.V2_CHECKED_AND_WARMED);
        lab.done();
        lab.ready(2);
        lab.warmed(2);
        assertEquals(List.of("ask 2 private"), lab.done(), "proved first");
        lab.passes(2);
        assertEquals(List.of("warm 2"), lab.done());
        assertEquals("upgrading", lab.phase.name());
        assertEquals(Map.of(1L, "warming"), lab.phase.stages());
        lab.passes(2);
        lab.ready(2);
        lab.pass(Duration.ofSeconds(10));
        assertEquals(List.of(), lab.done(), "its own time is not over yet, and ready.timeout is not its");
        lab.warmed(2);
        assertEquals(List.of("accept 2"), lab.done());
        lab.accepting(2);
        lab.parked(1);
        assertEquals("baking", lab.phase.name());
    }

    @Test
    void candidateLeavesTheProcessorsToTheActiveWorkerForAPartOfItsStartAndAllOfItsWarmUp() {
        lab.upgrade(Lab.V2_WARMED);
        assertEquals(Map.of(2, Duration.ofSeconds(10)), lab.behind);
        lab.ready(2);
        assertEquals(Map.of(2, Lab.WARM_UP.timeout().plusSeconds(1)), lab.behind);
        lab.warmed(2);
        assertEquals(Map.of(), lab.behind, "now it needs all that it can get");
    }

    @Test
    void candidateThatInheritsItsSocketsHasClientsFromItsStartOn() {
        lab.upgrade(Lab.launch(Wrap.EXEC, "v2"));
        assertEquals(Map.of(), lab.behind);
        assertEquals(Set.of(), lab.givingWay);
    }

    @Test
    void candidateIsKilledFirstWhereMemoryRunsOutUntilItIsToldToAccept() {
        lab.upgrade(Lab.V2_WARMED);
        assertEquals(Set.of(2), lab.givingWay);
        lab.pass(Duration.ofSeconds(10)); // its part of the time at a low priority
        lab.ready(2);
        assertEquals(Set.of(2), lab.givingWay);
        lab.warmed(2);
        assertEquals(Set.of(), lab.givingWay);
    }

    @Test
    void whoeverDrainsWhileAnotherServesIsKilledFirstWhereMemoryRunsOut() {
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
        lab.parked(1);
        assertEquals(Set.of(), lab.givingWay, "while it bakes either may be needed");
        lab.pass(Lab.RULES.bake());
        assertEquals("draining", lab.phase.name());
        assertEquals(Set.of(1), lab.givingWay);
    }

    @Test
    void whoeverIsRolledBackIsKilledFirstWhereMemoryRunsOut() {
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
        lab.parked(1);
        lab.rollback();
        assertEquals(Set.of(), lab.givingWay);
        lab.accepting(1);
        assertEquals(Set.of(2), lab.givingWay);
    }

    @Test
    void whereAllDrainNobodyIsKilledFirst() {
        lab.stop();
        assertEquals(Set.of(), lab.givingWay);
    }

    @Test
    void candidateNeedsTheProcessorsAsSoonAsNobodyElseServes() {
        lab.upgrade();
        lab.dies(1);
        assertEquals(Map.of(), lab.behind);
        assertEquals(Set.of(), lab.givingWay);
    }

    @Test
    void whereNobodyElseServesNobodyLeavesTheProcessorsToOthers() {
        lab.dies(1);
        lab.pass(Duration.ofSeconds(1));
        assertTrue(lab.alive.containsKey(2));
        assertEquals(Map.of(), lab.behind);
    }

    @Test
    void warmUpHasTimeOfItsOwn() {
        lab.upgrade(Lab.V2_WARMED);
        lab.pass(Lab.RULES.ready().minusMillis(1));
        lab.ready(2);
        lab.pass(Duration.ofSeconds(5));
        assertEquals(Map.of(1L, "warming"), lab.phase.stages());
    }

    @Test
    void warmUpThatDoesNotEndIsNotWaitedForAndNoFailure() {
        lab.upgrade(Lab.V2_WARMED);
        lab.ready(2);
        lab.done();
        lab.pass(Lab.WARM_UP.timeout().plusSeconds(1));
        assertEquals(List.of("accept 2"), lab.done());
        assertEquals(List.of("the warm-up of generation 2 has no end"), lab.warnings);
        lab.warmed(2);
        assertEquals(List.of(), lab.done(), "too late to matter");
        lab.accepting(2);
        lab.parked(1);
        assertEquals("baking", lab.phase.name());
    }

    @Test
    void candidateThatDiesDuringItsWarmUpLeavesTheActiveWorkerServing() {
        lab.upgrade(Lab.V2_WARMED);
        lab.ready(2);
        lab.dies(2);
        assertEquals(Outcome.EXITED_BEFORE_READY, lab.outcome(1));
        assertEquals(
                "generation 2 was killed by SIGKILL during its warm-up",
                lab.verdict(1).reason().orElseThrow());
        lab.warmed(2);
        assertEquals("serving", lab.phase.name());
        assertEquals(1, lab.active());
    }

    @Test
    void candidateThatWarmsUpIsNeededAtOnceWhenTheActiveWorkerDies() {
        lab.upgrade(Lab.V2_WARMED);
        lab.ready(2);
        lab.done();
        lab.dies(1);
        assertEquals(List.of("accept 2"), lab.done());
        lab.accepting(2);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
        assertEquals(2, lab.active());
    }

    @Test
    void whereNobodyElseServesNobodyIsWarmedUp() {
        Lab first = Lab.starting(Lab.V2_WARMED);
        first.ready(1);
        assertEquals(List.of("spawn 1", "accept 1"), first.done());
        first.accepting(1);
        first.dies(1);
        first.pass(Duration.ofMillis(100));
        first.ready(2);
        assertEquals(List.of("spawn 2", "accept 2"), first.done());
    }

    @Test
    void oneThatCannotParkIsDrainedAtOnceAndTheUpgradeEndsWithIt() {
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
        lab.done();
        lab.cannotPark(1);
        assertEquals("draining", lab.phase.name());
        assertEquals(List.of("drain 1 30s"), lab.done());
        lab.exits(1);
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void candidateThatNeverPassesItsCheckIsCondemnedWithItsLastAnswer() {
        lab.upgrade(Lab.V2_CHECKED);
        lab.ready(2);
        lab.fails(2, "503 \"no database\"");
        lab.pass(Lab.RULES.ready());
        assertEquals("aborting", lab.phase.name());
        assertEquals(List.of(Signal.TERM), lab.alive.get(2).signals);
        lab.exits(2);
        assertEquals(Outcome.CHECK_FAILED, lab.outcome(1));
        assertEquals(
                "generation 2 was ready, but did not answer its check (GET /health on listener http) with 200 within 1m"
                        + " of its start; answered so far: 1, the last one: 503 \"no database\"",
                lab.verdict(1).reason().orElseThrow());
        assertEquals(1, lab.active());
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void candidateThatDiesWhileItIsCheckedSaysSo() {
        lab.upgrade(Lab.V2_CHECKED);
        lab.ready(2);
        lab.dies(2);
        assertEquals(
                "generation 2 was killed by SIGKILL while it was checked (GET /health on listener http)",
                lab.verdict(1).reason().orElseThrow());
        lab.passes(2);
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void firstWorkerAndARestartedOneAreCheckedToo() {
        Lab checked = Lab.starting(Lab.V1_CHECKED);
        checked.ready(1);
        assertEquals(List.of("spawn 1", "ask 1 private"), checked.done());
        checked.passes(1);
        checked.accepting(1);
        checked.dies(1);
        checked.pass(Duration.ofMillis(100));
        checked.ready(2);
        assertEquals(List.of("accept 1", "spawn 2", "ask 2 private"), checked.done());
        checked.pass(Lab.RULES.ready());
        checked.exits(2);
        checked.pass(Duration.ofMillis(100));
        assertEquals(Lab.V1_CHECKED, checked.alive.get(3).worker.launch(), "tried again");
        Lab failing = Lab.starting(Lab.V1_CHECKED);
        failing.ready(1);
        failing.fails(1, "500");
        failing.pass(Lab.RULES.ready());
        failing.exits(1);
        assertEquals(new Stopped(1), failing.phase, "nothing was serving yet");
    }

    @Test
    void activeThatDiesWhileACandidateIsCheckedIsReplacedByItOnceItPasses() {
        lab.upgrade(Lab.V2_CHECKED);
        lab.ready(2);
        lab.dies(1);
        lab.fails(2, "503");
        lab.pass(Duration.ofMillis(50));
        lab.passes(2);
        lab.accepting(2);
        assertEquals(2, lab.active());
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    // ---- the check while baking ----

    private void bakeChecked() {
        lab.upgrade(Lab.V2_CHECKED);
        lab.ready(2);
        lab.passes(2);
        lab.accepting(2);
        lab.done();
        lab.parked(1);
        assertEquals(List.of("ask 2 public"), lab.done());
    }

    @Test
    void newOneThatFailsItsCheckThreeTimesInARowWhileBakingIsRolledBack() {
        bakeChecked();
        lab.fails(2, "500");
        lab.pass(Duration.ofMillis(250));
        lab.fails(2, "500");
        lab.pass(Duration.ofMillis(250));
        lab.passes(2);
        lab.pass(Duration.ofMillis(250));
        for (int i = 0; i < 2; i++) {
            lab.fails(2, "500");
            lab.pass(Duration.ofMillis(250));
            assertEquals("baking", lab.phase.name(), "one that passes in between begins the count anew");
        }
        lab.done();
        lab.fails(2, "500 \"no database\"");
        assertEquals(List.of("accept 1"), lab.done());
        lab.accepting(1);
        assertEquals(List.of("park 2", "drain 2 30s to 1"), lab.done());
        lab.exits(2);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
        assertEquals(
                "generation 2 did not answer its check (GET /health on listener http) with 200, 3 of 3 times in a row:"
                        + " 500 \"no database\"",
                lab.verdict(1).reason().orElseThrow());
        assertEquals(1, lab.active());
    }

    @Test
    void bakeEndsOnlyAfterAGoodAnswer() {
        bakeChecked();
        lab.pass(Lab.RULES.bake());
        assertEquals("baking", lab.phase.name(), "the question is still open");
        lab.fails(2, "500");
        lab.pass(Duration.ofMillis(250));
        assertEquals("baking", lab.phase.name());
        lab.passes(2);
        assertEquals("draining", lab.phase.name());
    }

    @Test
    void bakeOfAWorkerThatAnswersWellEndsInTime() {
        bakeChecked();
        Duration end = lab.now.plus(Lab.RULES.bake());
        while (lab.now.compareTo(end) < 0) {
            if (!lab.asked.isEmpty()) {
                lab.passes(2);
            }
            lab.pass(Duration.ofMillis(10));
        }
        assertEquals("draining", lab.phase.name());
        assertEquals(List.of(), lab.asked, "who has proved itself is asked no more");
    }

    @Test
    void candidateThatSaysReadyTwiceIsToldToAcceptOnce() {
        lab.upgrade();
        lab.ready(2);
        lab.ready(2);
        lab.accepting(2);
        lab.ready(2);
        // The second connection of a worker that was told to accept repeats the command; a second ready does not.
        assertEquals("upgrading", lab.phase.name());
        lab.parked(1);
        assertEquals("baking", lab.phase.name());
    }

    @Test
    void candidateThatSaysAcceptingUntoldIsNotBelieved() {
        lab.upgrade();
        lab.accepting(2);
        assertEquals(1, lab.active());
        assertFalse(lab.done().contains("park 1"));
    }

    @Test
    void candidateThatStaysWithoutAChannelFails() {
        lab.upgrade();
        lab.connected(2);
        lab.loses(2);
        lab.exits(2);
        assertEquals(Outcome.HANDOVER_FAILED, lab.outcome(1));
    }

    @Test
    void candidateThatDiesWhenToldToAcceptLeavesTheActiveWorkerServing() {
        lab.upgrade();
        lab.ready(2);
        lab.dies(2);
        assertEquals(Outcome.HANDOVER_FAILED, lab.outcome(1));
        assertEquals(1, lab.active());
    }

    @Test
    void candidateThatDoesNotAnswerAcceptIsGivenUp() {
        lab.upgrade();
        lab.ready(2);
        lab.pass(Lab.RULES.answer());
        assertEquals("aborting", lab.phase.name());
        assertEquals(1, lab.active());
        lab.accepting(2);
        assertEquals("aborting", lab.phase.name(), "too late");
        lab.exits(2);
        assertEquals(Outcome.HANDOVER_FAILED, lab.outcome(1));
    }

    @Test
    void newOneThatDiesWhileTheOldOneParksLetsItAcceptAgain() {
        takeOver();
        lab.done();
        lab.dies(2);
        assertEquals(List.of("accept 1"), lab.done());
        assertEquals("rolling-back", lab.phase.name());
        lab.parked(1);
        assertEquals("rolling-back", lab.phase.name(), "the park that was under way is answered first");
        lab.accepting(1);
        assertEquals("serving", lab.phase.name());
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
    }

    /** Whatever keeps it from answering, it has not said that it no longer accepts. */
    @Test
    void oldOneThatNeverParkedServesOnWhenTheNewOneDies() {
        takeOver();
        lab.dies(2);
        lab.supervisorDies(Set.of(1));
        lab.pass(Lab.RULES.answer());
        assertEquals("serving", lab.phase.name());
        assertEquals(1, lab.active());
        assertEquals(List.of(), lab.alive.get(1).signals);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
        assertTrue(lab.warnings.get(0).contains("generation 1 did not answer \"accept\""), lab.warnings::toString);
    }

    @Test
    void oldOneThatParkedAndDoesNotAcceptAgainIsTerminated() {
        takeOver();
        lab.dies(2);
        lab.parked(1);
        lab.supervisorDies(Set.of(1));
        lab.pass(Lab.RULES.answer());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
    }

    @Test
    void newOneThatDiesWhileBakingLetsTheParkedOneAcceptAgain() {
        bake();
        lab.dies(2);
        assertEquals(List.of("accept 1"), lab.done());
        lab.accepting(1);
        assertEquals(1, lab.active());
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
        assertEquals(
                "generation 2 was killed by SIGKILL", lab.verdict(1).reason().orElseThrow());
    }

    @Test
    void newOneThatLosesItsChannelWhileBakingIsRolledBackAndDrained() {
        bake();
        lab.loses(2);
        assertEquals(List.of("accept 1"), lab.done());
        lab.accepting(1);
        assertEquals(List.of("park 2", "drain 2 30s to 1"), lab.done());
        lab.loses(2);
        assertEquals(List.of("TERM 2"), lab.done(), "it cannot be told, and so it is terminated");
        lab.exits(2);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
    }

    @Test
    void rollbackWhileBakingNeverLeavesNobodyAccepting() {
        bake();
        assertTrue(lab.rollback().granted());
        assertEquals(List.of("accept 1"), lab.done());
        assertEquals(2, lab.active(), "the new one accepts until the old one does");
        lab.accepting(1);
        assertEquals(List.of("park 2", "drain 2 30s to 1"), lab.done());
        assertEquals(1, lab.active());
        lab.drained(2);
        lab.exits(2);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
        assertEquals("a rollback was asked for", lab.verdict(1).reason().orElseThrow());
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void rollbackWhileTheOldOneParksIsARollbackToo() {
        takeOver();
        assertTrue(lab.rollback().granted());
        lab.accepting(1);
        lab.exits(2);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
    }

    @Test
    void rollbackToAnOldOneThatDiesMeanwhileKeepsTheNewOne() {
        bake();
        lab.rollback();
        lab.dies(1);
        assertEquals("serving", lab.phase.name());
        assertEquals(2, lab.active());
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void rollbackToAnOldOneThatDoesNotAnswerKeepsTheNewOne() {
        bake();
        lab.rollback();
        lab.pass(Lab.RULES.answer());
        assertEquals("draining", lab.phase.name());
        assertEquals(2, lab.active());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
    }

    @Test
    void bothDeadMeansThatTheOldVersionIsStartedAgain() {
        bake();
        lab.dies(2);
        lab.dies(1);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
        lab.pass(Duration.ofSeconds(1));
        assertEquals(Lab.V1, lab.alive.get(3).worker.launch());
    }

    @Test
    void newOneDeadAndOldOneHungMeansThatTheOldVersionIsStartedAgain() {
        bake();
        lab.dies(2);
        lab.pass(Lab.RULES.answer());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Duration.ofSeconds(1));
        assertEquals(Lab.V1, lab.alive.get(3).worker.launch());
        lab.dies(1);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(1));
    }

    @Test
    void parkedOneThatDiesEndsTheBakeForGood() {
        bake();
        lab.dies(1);
        assertEquals("serving", lab.phase.name());
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
        lab.pass(Lab.RULES.bake());
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void oldOneThatDoesNotParkIsTerminatedAndTheNewOneStays() {
        takeOver();
        lab.pass(Lab.RULES.park());
        assertEquals("draining", lab.phase.name());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.exits(1);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void oldOneWithoutAChannelIsToldToParkOnceItIsBack() {
        takeOver();
        lab.loses(1);
        lab.done();
        lab.connected(1);
        assertEquals(List.of("park 1"), lab.done());
        lab.parked(1);
        assertEquals("baking", lab.phase.name());
    }

    @Test
    void drainThatDoesNotEndIsTerminatedThenKilled() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.pass(Lab.RULES.drain().plus(Leaving.COURTESY));
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
        assertEquals("draining", lab.phase.name());
        lab.dies(1);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    private static final Duration WHOLE_DRAIN = Lab.RULES.drain().plus(Leaving.COURTESY);

    private void exit() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.drained(1);
        assertEquals(List.of(), lab.alive.get(1).signals);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
    }

    @Test
    void drainedOneThatDoesNotLeaveIsTerminatedAndHasTheTimeThatItsDrainLeft() {
        exit();
        Duration left = WHOLE_DRAIN.minus(Lab.RULES.killAfter());
        lab.pass(left.minusMillis(1));
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Duration.ofMillis(1));
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
        lab.dies(1);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void drainedOneWhoseTimeIsOverIsTerminatedAndKilledAsAnyOther() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.pass(WHOLE_DRAIN.minusMillis(1));
        lab.drained(1);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
    }

    @Test
    void drainedOneWhoseTimeIsOverSoonAfterItsTerminationIsTerminatedOnceAndThenKilled() {
        bake();
        lab.pass(Lab.RULES.bake());
        Duration soon = Duration.ofMillis(100);
        lab.pass(WHOLE_DRAIN.minus(Lab.RULES.killAfter()).minus(soon));
        lab.drained(1);
        lab.pass(Lab.RULES.killAfter());
        lab.pass(Lab.RULES.killAfter().minusMillis(1));
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Duration.ofMillis(1));
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
    }

    @Test
    void oneWithoutAChannelIsTerminatedAndHasTheTimeThatItsDrainLeft() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.loses(1);
        lab.pass(WHOLE_DRAIN.minusMillis(1));
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Duration.ofMillis(1));
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
    }

    @Test
    void whoeverWaitsForADrainedOneHasItKilledWithoutTheTimeThatItsDrainLeft() {
        exit();
        lab.upgrade(Lab.V1);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
    }

    @Test
    void whoeverWaitsForATerminatedOneHasItKilledAtOnceWhereOnlyItsDrainLeftItTime() {
        exit();
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.upgrade(Lab.V1);
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
    }

    /** The time that it had is not known to the next one, which gives it as much as to one whose drain was over. */
    @Test
    void terminatedOneThatHasTimeLeftIsTerminatedAgainByAnotherSupervisorAndKilled() {
        exit();
        lab.pass(Lab.RULES.killAfter());
        lab.supervisorDies(Set.of(1, 2));
        assertEquals(List.of(Signal.TERM, Signal.TERM), lab.alive.get(1).signals);
        lab.pass(Lab.RULES.killAfter());
        assertEquals(Signal.KILL, lab.alive.get(1).signals.get(2));
    }

    @Test
    void secondUpgradeIsRefusedByTheFirstOnesNumberAndPhase() {
        lab.upgrade();
        assertEquals(
                "upgrade 1 (generation 1 to 2) is running, in phase upgrading: wait for its end and ask again",
                lab.upgrade().answer);
        lab.ready(2);
        assertFalse(lab.upgrade().granted());
        lab.accepting(2);
        assertFalse(lab.upgrade().granted());
        lab.parked(1);
        assertTrue(lab.upgrade().answer.contains("in phase baking"));
        assertEquals(2, lab.everSpawned.size());
    }

    @Test
    void secondUpgradeDuringADrainCutsItShortAndWaitsForTheExit() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.done();
        Lab.Asked second = lab.upgrade(Lab.V1);
        assertTrue(second.granted());
        assertEquals(2, second.upgrade);
        assertEquals(List.of("drain 1 1s"), lab.done());
        lab.drained(1);
        lab.exits(1);
        assertEquals(List.of("upgraded", "spawn 3"), lab.done());
        assertEquals("upgrading", lab.phase.name());
    }

    @Test
    void secondUpgradeDuringADrainOfADeafWorkerTerminatesAndKillsIt() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.upgrade(Lab.V1);
        lab.pass(Duration.ofSeconds(1).plus(Leaving.COURTESY));
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
        lab.dies(1);
        assertTrue(lab.alive.containsKey(3));
    }

    @Test
    void activeThatDiesWhileTheNextUpgradeWaitsLetsTheCandidateStartAtOnce() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.upgrade(Lab.V1);
        lab.dies(2);
        assertTrue(lab.alive.containsKey(3));
        lab.ready(3);
        lab.accepting(3);
        assertEquals("draining", lab.phase.name());
        lab.exits(1);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
        assertEquals(Outcome.UPGRADED, lab.outcome(2));
    }

    @Test
    void activeThatDiesWhileACandidateStartsIsReplacedByIt() {
        lab.upgrade();
        lab.dies(1);
        lab.ready(2);
        lab.accepting(2);
        assertEquals("serving", lab.phase.name());
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
        assertEquals(2, lab.active());
    }

    @Test
    void activeThatDiesAndItsCandidateTooMeansThatTheOldVersionIsStartedAgain() {
        lab.upgrade();
        lab.dies(1);
        lab.dies(2);
        assertEquals(Outcome.EXITED_BEFORE_READY, lab.outcome(1));
        lab.pass(Duration.ofSeconds(1));
        assertEquals(Lab.V1, lab.alive.get(3).worker.launch());
    }

    @Test
    void activeThatDiesWhenTheCandidateWasToldToAcceptIsReplacedByIt() {
        lab.upgrade();
        lab.ready(2);
        lab.dies(1);
        lab.accepting(2);
        assertEquals(2, lab.active());
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void activeThatDiesWhileACandidateIsAbortedIsStartedAgainOnceThatIsGone() {
        lab.upgrade();
        lab.pass(Lab.RULES.ready());
        lab.dies(1);
        lab.pass(Duration.ofSeconds(1));
        assertFalse(lab.alive.containsKey(3), "two candidates at a time are too many");
        lab.dies(2);
        assertEquals(Outcome.NOT_READY_IN_TIME, lab.outcome(1));
        assertEquals(Lab.V1, lab.alive.get(3).worker.launch());
    }

    @Test
    void activeThatDiesDuringADrainIsStartedAgainBesideIt() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.dies(2);
        lab.pass(Duration.ofSeconds(1));
        assertEquals(Lab.V2, lab.alive.get(3).worker.launch());
        lab.ready(3);
        lab.done();
        lab.accepting(3);
        assertEquals("draining", lab.phase.name());
        assertEquals(List.of("drain 1 30s to 3"), lab.done(), "whose connections go there now");
        lab.pass(Lab.RULES.drain().minusSeconds(1).plus(Leaving.COURTESY));
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals, "it has no more time than it had");
        lab.exits(1);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void oneThatHasDrainedWhenTheActiveOneDiesIsToldNothing() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.dies(2);
        lab.drained(1);
        lab.pass(Duration.ofSeconds(1));
        lab.ready(3);
        lab.done();
        lab.accepting(3);
        assertEquals("draining", lab.phase.name());
        assertEquals(List.of(), lab.done());
    }

    @Test
    void rollbackAfterTheBakeIsAnUpgradeToThePreviousCommand() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.exits(1);
        assertTrue(lab.rollback().granted());
        assertEquals(Lab.V1, lab.alive.get(3).worker.launch());
    }

    @Test
    void rollbackBeforeTheTakeoverCallsTheUpgradeOff() {
        for (Launch launch : List.of(Lab.V2, Lab.V2_CHECKED, Lab.V2_WARMED)) {
            Lab begun = Lab.serving();
            begun.upgrade(launch);
            if (launch != Lab.V2) {
                begun.ready(2);
            }
            begun.done();
            assertTrue(begun.rollback().granted());
            assertEquals("rolling-back", begun.phase.name());
            assertEquals(1, begun.active());
            assertEquals(List.of(Signal.TERM), begun.alive.get(2).signals);
            assertFalse(begun.concluded.containsKey(1L), "it is not over before its exit");
            assertFalse(begun.rollback().granted());
            begun.exits(2);
            assertEquals(Outcome.ROLLED_BACK, begun.outcome(1));
            assertEquals(
                    "a rollback was asked for before generation 2 took over",
                    begun.verdict(1).reason().orElseThrow());
            assertEquals("serving", begun.phase.name());
            assertEquals(1, begun.alive.get(1).told.size(), "it was told to accept when it started, and nothing since");
            assertTrue(begun.upgrade().granted());
        }
    }

    @Test
    void rollbackWhileTheNextUpgradeWaitsForADrainLeavesThatDrain() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.upgrade(Lab.V1);
        Lab.Asked asked = lab.rollback();
        assertTrue(asked.granted());
        assertEquals(2, asked.upgrade);
        assertEquals(Outcome.ROLLED_BACK, lab.outcome(2));
        assertEquals("draining", lab.phase.name());
        lab.exits(1);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
        assertEquals("serving", lab.phase.name());
        assertEquals(2, lab.active());
        assertEquals(Set.of(2), lab.alive.keySet(), "nothing else was started");
    }

    @Test
    void rollbackWhileTheCandidateHasAnAnswerToGiveIsRefused() {
        lab.upgrade();
        lab.ready(2);
        assertFalse(lab.rollback().granted());
        lab.accepting(2);
        assertTrue(lab.rollback().granted());
    }

    @Test
    void rollbackWhereNothingWasBeforeIsRefused() {
        assertTrue(lab.rollback().answer.startsWith("there is nothing to go back to"));
    }

    @Test
    void rollbackAfterAFailedUpgradeLeadsWhereItLedBefore() {
        lab.upgrade();
        lab.dies(2);
        assertFalse(lab.rollback().granted());
    }

    @Test
    void anUpgradeWithoutACommandIsThePresentOneAgain() {
        bake();
        lab.pass(Lab.RULES.bake());
        lab.exits(1);
        lab.upgrade(Lab.launch());
        assertEquals(Lab.V2, lab.alive.get(3).worker.launch());
    }

    @Test
    void workerThatComesBackOnANewChannelIsToldWhatItIs() {
        lab.done();
        lab.loses(1);
        lab.connected(1);
        assertEquals(List.of("accept 1"), lab.done());
        bake();
        lab.connected(1);
        lab.connected(2);
        assertEquals(List.of("park 1", "accept 2"), lab.done());
        lab.pass(Lab.RULES.bake());
        lab.done();
        lab.connected(1);
        assertEquals(List.of("drain 1 30s"), lab.done());
    }
}
