package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.json.Json;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The supervisor dies in every phase, with every set of its workers. */
class ResumptionTest {
    private static Stream<Map.Entry<String, Supplier<Lab>>> ways() {
        return PhaseMatrixTest.ways().entrySet().stream()
                .filter(way -> !(way.getValue().get().phase instanceof Stopped));
    }

    @TestFactory
    Stream<DynamicTest> everyPhaseIsReadAsItWasWritten() {
        return ways().map(way -> DynamicTest.dynamicTest(way.getKey(), () -> {
            Phase phase = way.getValue().get().phase;
            String text = Json.write(PhaseState.write(phase));
            Phase read =
                    PhaseState.read(Fields.of(Json.read(text)), phase.life().rules());
            assertEquals(PhaseState.with(phase, life -> life).toString(), read.toString());
            assertEquals(lasting(phase), lasting(PhaseState.with(phase, life -> life)));
        }));
    }

    /** All of it but what begins anew: a channel's loss, the questions of a check, a warm-up, and the time that a drain had left. */
    private static String lasting(Phase phase) {
        return phase.toString()
                .replaceAll("Optional\\[Lost\\[[^]]*]]", "Optional.empty")
                .replaceAll(
                        "inquiry=Optional(\\.empty|\\[Inquiry\\[.*?again=Optional(\\.empty|\\[[^]]*])]])", "inquiry")
                .replaceAll("SPARED, timer=drain", "TERMINATED, timer=kill")
                .replaceAll("end=(drain|kill)", "end")
                .replaceAll("warming=true, timer=warm-up", "warming=false, timer=ready")
                .replaceAll("over=(true|false)", "over");
    }

    @TestFactory
    Stream<DynamicTest> whoeverDiesWithItThereIsOneWhoServesInTheEnd() {
        return ways().flatMap(way -> subsets(way.getValue().get().alive.keySet()).stream()
                .map(survivors -> DynamicTest.dynamicTest(way.getKey() + ", " + survivors + " live", () -> {
                    Lab lab = way.getValue().get();
                    int generations = lab.everSpawned.size();
                    lab.supervisorDies(survivors);
                    PhaseMatrixTest.comesToAGoodEnd(lab);
                    Serving serving = assertInstanceOf(Serving.class, lab.phase);
                    assertEquals(Set.of(serving.active().generation()), lab.alive.keySet());
                    assertTrue(lab.upgrade(Lab.V2).granted(), "it can be upgraded at once");
                    PhaseMatrixTest.comesToAGoodEnd(lab);
                    assertEquals(Lab.V2, lab.phase.life().launch());
                    assertTrue(lab.everSpawned.size() > generations, "under a number that is new");
                })));
    }

    private static List<Set<Integer>> subsets(Set<Integer> all) {
        List<Set<Integer>> subsets = new java.util.ArrayList<>(List.of(Set.of()));
        for (int one : all) {
            for (Set<Integer> subset : List.copyOf(subsets)) {
                Set<Integer> more = new LinkedHashSet<>(subset);
                more.add(one);
                subsets.add(more);
            }
        }
        return subsets;
    }

    @Test
    void anUpgradeThatHadNotTakenOverHasFailedAndTheOldWorkerGoesOn() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.done();
        lab.supervisorDies(Set.of(1, 2));
        assertEquals(List.of("TERM 2", "accept 1"), lab.done());
        lab.exits(2);
        assertEquals(1, lab.active());
        assertEquals(Outcome.HANDOVER_FAILED, lab.outcome(1));
    }

    /** The next phase is written first, and the upgrade's end after it. */
    @Test
    void anUpgradeThatThePhaseHasLeftBehindIsConcluded() {
        Lab lab = Lab.serving();
        Step step = Resumption.concluding(Serving.enter(lab.phase.life(), new Worker(2, Lab.V2)), running(1, 1, 2));
        assertEquals(List.of(Outcome.UPGRADED), outcomes(step));
        step = Resumption.concluding(Step.to(lab.phase), running(1, 1, 2));
        assertEquals(List.of(Outcome.HANDOVER_FAILED), outcomes(step));
    }

    @Test
    void anUpgradeThatGoesOnOrIsConcludedAnywayIsNotConcluded() {
        Lab lab = Lab.serving();
        lab.upgrade();
        Step step = Step.to(lab.phase);
        assertEquals(List.of(), outcomes(Resumption.concluding(step, running(1, 1, 2))));
        Step concluded = Step.to(
                Lab.serving().phase,
                new Action.Conclude(new Upgrade(1, 1, new Worker(2, Lab.V2)).fails(Failure.orphaned())));
        assertEquals(List.of(Outcome.HANDOVER_FAILED), outcomes(Resumption.concluding(concluded, running(1, 1, 2))));
        UpgradeRecord over = new UpgradeRecord(
                1,
                Instant.EPOCH,
                Optional.of(Outcome.UPGRADED),
                1,
                2,
                Map.of(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of());
        assertEquals(List.of(), outcomes(Resumption.concluding(Step.to(Lab.serving().phase), List.of(over))));
    }

    private static List<UpgradeRecord> running(long id, int from, int to) {
        return List.of(new UpgradeRecord(
                id,
                Instant.EPOCH,
                Optional.empty(),
                from,
                to,
                Map.of(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of()));
    }

    private static List<Outcome> outcomes(Step step) {
        return step.actions().stream()
                .filter(Action.Conclude.class::isInstance)
                .map(action -> ((Action.Conclude) action).verdict().outcome())
                .toList();
    }

    @Test
    void aCandidateThatMayHaveConnectionsIsDrained() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.ready(2);
        lab.done();
        lab.supervisorDies(Set.of(1, 2));
        assertEquals(
                List.of("accept 1", "park 2", "drain 2 30s to 1"), lab.done().subList(0, 3));
        assertEquals(1, lab.active());
    }

    @Test
    void aCandidateWhoseOldWorkerDiedWithTheSupervisorIsBetterThanNobody() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.ready(2);
        lab.supervisorDies(Set.of(2));
        lab.accepting(2);
        assertEquals(2, lab.active());
        assertEquals(Outcome.UPGRADED, lab.outcome(1));
    }

    @Test
    void whatWasBakingBakesOnAndCanStillGoBack() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
        lab.parked(1);
        lab.supervisorDies(Set.of(1, 2));
        assertEquals("baking", lab.phase.name());
        assertTrue(lab.rollback().granted());
        lab.accepting(1);
        assertEquals(1, lab.active());
    }

    @Test
    void aSupervisorThatDiedWhileItStoppedServesAgain() {
        Lab lab = Lab.serving();
        lab.stop();
        lab.supervisorDies(Set.of(1));
        lab.ready(2);
        lab.accepting(2);
        assertEquals(2, lab.active());
        lab.exits(1);
        assertEquals("serving", lab.phase.name());
    }

    @Test
    void ofTwoThatRetireWhenItServesAgainTheYoungerFinishesWhatItHas() {
        Lab lab = Lab.serving();
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
        lab.parked(1);
        lab.pass(Lab.RULES.bake());
        assertEquals("draining", lab.phase.name());
        lab.stop();
        lab.done();
        lab.supervisorDies(Set.of(1, 2));
        List<String> done = lab.done();
        assertTrue(done.contains("TERM 1") && !done.contains("TERM 2"), done::toString);
    }

    @TestFactory
    Stream<DynamicTest> theProgramIsReplacedOnlyWhereNothingIsLost() {
        return ways().map(way -> DynamicTest.dynamicTest(way.getKey(), () -> {
            Lab lab = way.getValue().get();
            lab.done();
            Lab.Asked now = new Lab.Asked();
            lab.on(new Event.ReexecRequested(now, true));
            if (now.granted()) {
                assertEquals(List.of("replace"), lab.done());
                Set<Long> running = Set.copyOf(lab.running);
                lab.supervisorDies(Set.copyOf(lab.alive.keySet()));
                assertEquals(running, lab.running, "no upgrade has ended by it");
                PhaseMatrixTest.comesToAGoodEnd(lab);
            } else {
                assertEquals(List.of(), lab.done());
                assertTrue(Set.of("Starting", "Clearing", "Upgrading", "TakingOver", "Stopping")
                        .contains(lab.phase.getClass().getSimpleName()));
            }
        }));
    }

    @Test
    void whatIsConfiguredAnewCountsForTheNextStart() {
        Phase phase = PhaseState.with(Lab.serving().phase, life -> life.configured(Lab.V2));
        assertEquals(Lab.V1, ((Serving) phase).active().launch());
        assertEquals(Lab.V2, phase.life().next().launch());
        assertEquals(Lab.V1, phase.life().previous().orElseThrow());
    }

    @Test
    void whatServesAndIsConfiguredAnewIsNothingToGoBackTo() {
        Life life = Lab.serving().phase.life().committed(Lab.V2);
        assertEquals(Optional.of(Lab.V1), life.configured(Lab.V2).previous());
    }

    /** One that inherits its sockets has no channel on which it could be told later. */
    @Test
    void aFirstWorkerThatWasToldToAcceptIsToldAgain() {
        Lab lab = Lab.starting();
        lab.ready(1);
        lab.done();
        lab.supervisorDies(Set.of(1));
        assertEquals(List.of("accept 1", "accept 1"), lab.done(), "at once, and when it has come back");
    }
}
