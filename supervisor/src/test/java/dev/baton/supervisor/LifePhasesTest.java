package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The first start, deaths and restarts, and the end. */
class LifePhasesTest {
    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    @Test
    void firstWorkerThatExitsAtOnceEndsTheSupervisorWithOne() {
        Lab lab = Lab.starting();
        lab.dies(1);
        assertEquals(new Stopped(1), lab.phase);
        assertEquals(1, lab.everSpawned.size(), "no restart loop");
        assertTrue(lab.warnings.get(0).contains("generation 1 was killed by SIGKILL before it was ready"));
    }

    @Test
    void firstWorkerThatIsNeverReadyIsKilledAndEndsTheSupervisorWithOne() {
        Lab lab = Lab.starting();
        lab.pass(Lab.RULES.ready());
        assertEquals("stopping", lab.phase.name());
        lab.pass(Lab.RULES.killAfter());
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
        lab.dies(1);
        assertEquals(new Stopped(1), lab.phase);
    }

    @Test
    void firstWorkerThatMissesAListenerEndsTheSupervisorWithOne() {
        Lab lab = Lab.starting();
        lab.on(new Event.Ready(1, List.of("http", "line")));
        lab.exits(1);
        assertEquals(new Stopped(1), lab.phase);
        assertTrue(lab.warnings.get(0).contains("has not bound listeners http, line"));
    }

    @Test
    void workerThatIsReadyTwiceIsToldOnceAndItsSecondWordIsNotWeighed() {
        Lab lab = Lab.starting();
        lab.ready(1);
        lab.done();
        lab.on(new Event.Ready(1, List.of("line")));
        assertEquals(List.of(), lab.done());
        lab.accepting(1);
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void upgradeBeforeTheFirstWorkerServesIsRefused() {
        Lab lab = Lab.starting();
        assertFalse(lab.upgrade().granted());
        assertFalse(lab.rollback().granted());
    }

    @Test
    void activeThatDiesIsStartedAgainAfterABackOffThatGrows() {
        Lab lab = Lab.serving();
        lab.dies(1);
        assertEquals("starting", lab.phase.name());
        lab.pass(A_MOMENT);
        lab.dies(2);
        lab.pass(A_MOMENT);
        lab.ready(3);
        lab.accepting(3);
        lab.dies(3);
        assertEquals(List.of(1, 2, 3), lab.backOffs, "to have served for an instant is no recovery");
    }

    @Test
    void failuresAreForgottenOnceAWorkerHasServedForAWhile() {
        Lab lab = Lab.serving();
        lab.dies(1);
        lab.pass(A_MOMENT);
        lab.ready(2);
        lab.accepting(2);
        lab.pass(Lab.RULES.steady());
        lab.dies(2);
        assertEquals(List.of(1, 1), lab.backOffs);
    }

    @Test
    void upgradeReplacesWhatDiesAgainAndAgain() {
        Lab lab = Lab.serving();
        lab.dies(1);
        assertTrue(lab.upgrade().granted());
        assertEquals(Lab.V2, lab.alive.get(2).worker.launch());
        lab.pass(A_MOMENT);
        lab.ready(2);
        lab.accepting(2);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void upgradeReplacesARestartThatHangs() {
        Lab lab = Lab.serving();
        lab.dies(1);
        lab.pass(A_MOMENT);
        assertTrue(lab.upgrade().granted());
        assertEquals(List.of(Signal.TERM), lab.alive.get(2).signals);
        assertFalse(lab.alive.containsKey(3));
        lab.exits(2);
        lab.ready(3);
        lab.accepting(3);
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void failedUpgradeOfACrashLoopGoesBackToTheLoop() {
        Lab lab = Lab.serving();
        lab.dies(1);
        lab.upgrade();
        lab.dies(2);
        assertEquals(Outcome.EXITED_BEFORE_READY, lab.outcome(1));
        lab.pass(A_MOMENT);
        assertEquals(Lab.V1, lab.alive.get(3).worker.launch());
    }

    @Test
    void stopDrainsEveryoneAndEndsWithZero() {
        Lab lab = Lab.serving();
        lab.done();
        assertTrue(lab.stop().granted());
        assertEquals(List.of("keep newcomers out"), lab.done());
        lab.pass(Leaving.LAST_ORDERS);
        assertEquals(List.of("park 1", "drain 1 30s"), lab.done());
        lab.drained(1);
        lab.exits(1);
        assertEquals(new Stopped(0), lab.phase);
    }

    @Test
    void listenersAreClosedOnceWhenNobodyAcceptsAnyMore() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
        lab.stop();
        lab.pass(Leaving.LAST_ORDERS);
        lab.done();
        lab.parked(1);
        assertEquals(List.of(), lab.done());
        lab.parked(2);
        assertEquals(List.of("close listeners"), lab.done());
        lab.drained(1);
        lab.exits(1);
        lab.drained(2);
        lab.exits(2);
        assertEquals(List.of(), closing(lab));
    }

    @Test
    void aWorkerThatIsGivenUpDoesNotKeepListenersOpen() {
        Map<String, Consumer<Lab>> ways = Map.of(
                "dies", lab -> lab.dies(1),
                "cannot be spoken to", lab -> lab.loses(1),
                "cannot park", lab -> lab.cannotPark(1),
                "does not obey",
                        lab -> lab.pass(
                                Leaving.LAST_ORDERS.plus(Lab.RULES.drain()).plus(Leaving.COURTESY)),
                "is to hurry", Lab::stop);
        ways.forEach((how, way) -> {
            Lab lab = Lab.serving();
            lab.stop();
            assertEquals(List.of(), closing(lab), how);
            way.accept(lab);
            assertEquals(List.of("close listeners"), closing(lab), how);
        });
    }

    private static List<String> closing(Lab lab) {
        return lab.done().stream().filter("close listeners"::equals).toList();
    }

    @Test
    void listenersAreClosedAtOnceWhereNobodyAccepts() {
        Lab lab = Lab.serving();
        lab.dies(1);
        lab.done();
        lab.stop();
        assertEquals(List.of("close listeners"), lab.done());
    }

    @Test
    void secondStopTerminatesAndThirdKills() {
        Lab lab = Lab.serving();
        lab.stop();
        lab.stop();
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.stop();
        assertEquals(List.of(Signal.TERM, Signal.KILL), lab.alive.get(1).signals);
        lab.dies(1);
        assertEquals(new Stopped(0), lab.phase);
    }

    @Test
    void stopBeforeTheFirstWorkerServesTerminatesIt() {
        Lab lab = Lab.starting();
        lab.stop();
        assertEquals(List.of(Signal.TERM), lab.alive.get(1).signals);
        lab.exits(1);
        assertEquals(new Stopped(0), lab.phase);
    }

    @Test
    void stopDuringABackOffIsTheEnd() {
        Lab lab = Lab.serving();
        lab.dies(1);
        lab.stop();
        assertEquals(new Stopped(0), lab.phase);
        lab.pass(A_MOMENT);
        assertEquals(1, lab.everSpawned.size());
    }

    @Test
    void stopWhileACandidateStartsEndsItsUpgrade() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.stop();
        lab.exits(2);
        assertEquals(Outcome.HANDOVER_FAILED, lab.outcome(1));
        lab.exits(1);
        assertEquals(new Stopped(0), lab.phase);
    }

    @Test
    void ordersToASupervisorThatStopsAreRefused() {
        Lab lab = Lab.serving();
        lab.stop();
        assertEquals("the supervisor is stopping", lab.upgrade().answer);
        assertEquals("the supervisor is stopping", lab.rollback().answer);
        lab.exits(1);
        assertEquals("the supervisor has stopped", lab.upgrade().answer);
        assertTrue(lab.stop().granted());
    }
}
