package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.supervisor.Lab.Body;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every event, of every generation there ever was, in every phase; and long walks of them at random. */
class PhaseMatrixTest {
    /** A way into every phase, with every set of workers that it may hold. */
    static Map<String, Supplier<Lab>> ways() {
        Map<String, Supplier<Lab>> ways = new LinkedHashMap<>();
        ways.put("starting the first", Lab::starting);
        ways.put("starting the first, told", () -> from(Lab.starting(), lab -> lab.ready(1)));
        ways.put("starting the first, checking", () -> from(Lab.starting(Lab.V1_CHECKED), lab -> lab.ready(1)));
        ways.put("serving", Lab::serving);
        ways.put("backing off", () -> from(Lab.serving(), lab -> lab.dies(1)));
        ways.put("starting again", () -> from(Lab.serving(), PhaseMatrixTest::crashAndStart));
        ways.put(
                "serving after a restart",
                () -> from(Lab.serving(), lab -> {
                    crashAndStart(lab);
                    lab.ready(2);
                    lab.accepting(2);
                }));
        ways.put("upgrading", () -> from(Lab.serving(), Lab::upgrade));
        ways.put("upgrading, checking", () -> from(Lab.serving(), PhaseMatrixTest::check));
        ways.put(
                "upgrading, check failed once",
                () -> from(Lab.serving(), lab -> {
                    check(lab);
                    lab.fails(2, "503");
                }));
        ways.put(
                "upgrading, checking, active dead",
                () -> from(Lab.serving(), lab -> {
                    check(lab);
                    lab.dies(1);
                }));
        ways.put(
                "upgrading, active dead",
                () -> from(Lab.serving(), lab -> {
                    lab.upgrade();
                    lab.dies(1);
                }));
        ways.put(
                "upgrading a crash loop, the old candidate not gone",
                () -> from(Lab.serving(), lab -> {
                    crashAndStart(lab);
                    lab.upgrade();
                }));
        ways.put(
                "upgrading, warming up",
                () -> from(Lab.serving(), lab -> {
                    lab.upgrade(Lab.V2_WARMED);
                    lab.ready(2);
                }));
        ways.put(
                "taking over",
                () -> from(Lab.serving(), lab -> {
                    lab.upgrade();
                    lab.ready(2);
                }));
        ways.put("parking", () -> from(Lab.serving(), PhaseMatrixTest::takeOver));
        ways.put("baking", () -> from(Lab.serving(), PhaseMatrixTest::bake));
        ways.put("baking, checked", () -> from(Lab.serving(), PhaseMatrixTest::bakeChecked));
        ways.put(
                "baking, checked, its time over",
                () -> from(Lab.serving(), lab -> {
                    bakeChecked(lab);
                    lab.fails(2, "503");
                    lab.on(new Event.Deadline(((Baking) lab.phase).timer()));
                }));
        ways.put(
                "returning, the new one failing",
                () -> from(Lab.serving(), lab -> {
                    bakeChecked(lab);
                    failThrice(lab);
                }));
        ways.put("draining", () -> from(Lab.serving(), PhaseMatrixTest::drain));
        ways.put(
                "draining, terminated",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.pass(Lab.RULES.drain().plus(Leaving.COURTESY));
                }));
        ways.put(
                "draining, exiting",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.drained(1);
                }));
        ways.put(
                "draining, terminated, with time left",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.drained(1);
                    lab.pass(Lab.RULES.killAfter());
                }));
        ways.put(
                "draining, spared",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.drained(1);
                    lab.pass(Lab.RULES.killAfter().multipliedBy(2));
                }));
        ways.put(
                "draining, active dead",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.dies(2);
                }));
        ways.put(
                "draining, active starting again",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.dies(2);
                    lab.pass(Duration.ofMillis(100));
                }));
        ways.put(
                "draining, active hung in its restart",
                () -> from(Lab.serving(Lab.bakingFor(Duration.ZERO)), lab -> {
                    takeOver(lab);
                    lab.parked(1);
                    lab.dies(2);
                    lab.pass(Duration.ofMillis(100));
                    lab.on(new Event.Ready(3, List.of("line")));
                }));
        ways.put(
                "clearing",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.upgrade(Lab.V1);
                }));
        ways.put(
                "clearing, active dead",
                () -> from(Lab.serving(), lab -> {
                    drain(lab);
                    lab.upgrade(Lab.V1);
                    lab.dies(2);
                }));
        ways.put(
                "aborting",
                () -> from(Lab.serving(), lab -> {
                    lab.upgrade();
                    lab.pass(Lab.RULES.ready());
                }));
        ways.put(
                "aborting, active dead",
                () -> from(Lab.serving(), lab -> {
                    lab.upgrade();
                    lab.pass(Lab.RULES.ready());
                    lab.dies(1);
                }));
        ways.put(
                "returning, the new one dead",
                () -> from(Lab.serving(), lab -> {
                    bake(lab);
                    lab.dies(2);
                }));
        ways.put(
                "returning, the new one alive",
                () -> from(Lab.serving(), lab -> {
                    bake(lab);
                    lab.rollback();
                }));
        ways.put(
                "rolling back",
                () -> from(Lab.serving(), lab -> {
                    bake(lab);
                    lab.rollback();
                    lab.accepting(1);
                }));
        ways.put(
                "rolling back, active dead",
                () -> from(Lab.serving(), lab -> {
                    bake(lab);
                    lab.rollback();
                    lab.accepting(1);
                    lab.dies(1);
                }));
        ways.put("stopping", () -> from(Lab.serving(), Lab::stop));
        ways.put(
                "stopping while baking",
                () -> from(Lab.serving(), lab -> {
                    bake(lab);
                    lab.stop();
                }));
        ways.put("stopped", () -> from(Lab.starting(), lab -> lab.dies(1)));
        return ways;
    }

    private static Lab from(Lab lab, Consumer<Lab> way) {
        way.accept(lab);
        return lab;
    }

    private static void crashAndStart(Lab lab) {
        lab.dies(1);
        lab.pass(Duration.ofMillis(100));
    }

    private static void takeOver(Lab lab) {
        lab.upgrade();
        lab.ready(2);
        lab.accepting(2);
    }

    private static void bake(Lab lab) {
        takeOver(lab);
        lab.parked(1);
    }

    private static void check(Lab lab) {
        lab.upgrade(Lab.V2_CHECKED);
        lab.ready(2);
    }

    private static void bakeChecked(Lab lab) {
        check(lab);
        lab.passes(2);
        lab.accepting(2);
        lab.parked(1);
    }

    private static void failThrice(Lab lab) {
        for (int i = 0; i < Inquiry.TOO_MANY; i++) {
            lab.fails(2, "503");
            lab.pass(Duration.ofSeconds(1));
        }
    }

    private static void drain(Lab lab) {
        bake(lab);
        lab.pass(Lab.RULES.bake());
    }

    /** What could be said of this generation; an exit only of one that lives, or has never lived. */
    private static List<Event> events(int generation, Lab lab) {
        List<Event> events = new ArrayList<>(List.of(
                new Event.Connected(generation),
                new Event.Ready(generation, List.of()),
                new Event.Ready(generation, List.of("line")),
                new Event.Checked(generation, Optional.empty()),
                new Event.Checked(generation, Optional.of("500")),
                new Event.Warmed(generation),
                new Event.Accepting(generation),
                new Event.Parked(generation, true),
                new Event.Parked(generation, false),
                new Event.Drained(generation),
                new Event.ChannelLost(generation, "gone")));
        events.add(new Event.Exited(generation, Exit.of(0)));
        if (lab.alive.containsKey(generation)) {
            events.add(new Event.Exited(generation, Exit.notStarted("no such file")));
        }
        return events;
    }

    private static List<Event> orders() {
        return List.of(
                new Event.UpgradeRequested(Lab.launch("v3"), Lab.RULES, new Lab.Asked()),
                new Event.UpgradeRequested(Lab.checked("v4"), Lab.RULES, new Lab.Asked()),
                new Event.RollbackRequested(new Lab.Asked()),
                new Event.StopRequested(new Lab.Asked()));
    }

    @TestFactory
    Stream<DynamicTest> everyPhaseTakesEveryEventAndComesToAGoodEnd() {
        return ways().entrySet().stream()
                .map(way -> DynamicTest.dynamicTest(way.getKey(), () -> cross(way.getValue())));
    }

    private static void cross(Supplier<Lab> way) {
        Lab probe = way.get();
        int newest = probe.everSpawned.size();
        int timers = probe.everArmed.size();
        int orders = orders().size();
        for (int generation = 0; generation <= newest + 1; generation++) {
            for (int i = 0; i < events(generation, probe).size(); i++) {
                Lab lab = way.get();
                lab.on(events(generation, lab).get(i));
                comesToAGoodEnd(lab);
            }
        }
        for (int i = 0; i < timers; i++) {
            Lab lab = way.get();
            lab.on(new Event.Deadline(lab.everArmed.get(i)));
            comesToAGoodEnd(lab);
        }
        for (int i = 0; i < orders; i++) {
            Lab lab = way.get();
            lab.on(orders().get(i));
            comesToAGoodEnd(lab);
        }
    }

    @Test
    void everyPhaseIsCrossed() {
        Set<String> crossed = new TreeSet<>();
        ways().values().forEach(way -> crossed.add(way.get().phase.getClass().getSimpleName()));
        Set<String> all = new TreeSet<>();
        for (Class<?> phase : Phase.class.getPermittedSubclasses()) {
            all.add(phase.getSimpleName());
        }
        assertEquals(all, crossed);
    }

    @TestFactory
    Stream<DynamicTest> whatIsSaidOfAStrangerChangesNothing() {
        return ways().entrySet().stream()
                .map(way -> DynamicTest.dynamicTest(way.getKey(), () -> {
                    Lab lab = way.getValue().get();
                    Phase before = lab.phase;
                    for (Event event : events(99, lab)) {
                        lab.done();
                        lab.on(event);
                        assertEquals(before, lab.phase, event.toString());
                        assertEquals(List.of(), lab.done(), event.toString());
                    }
                    lab.on(new Event.Deadline(new Timer("nobody's")));
                    assertEquals(before, lab.phase);
                }));
    }

    /** From here on workers do as they are told, and die of signals: there is one who serves, or the end. */
    static void comesToAGoodEnd(Lab lab) {
        for (int round = 0; round < 200 && !isAtRest(lab); round++) {
            for (Body body : List.copyOf(lab.alive.values())) {
                obey(lab, body);
            }
            lab.pass(Duration.ofSeconds(1));
        }
        assertTrue(isAtRest(lab), () -> "no end: " + lab.phase);
        assertEquals(Set.of(), lab.running);
        if (lab.phase instanceof Serving) {
            assertEquals(1, lab.alive.size());
        }
    }

    private static boolean isAtRest(Lab lab) {
        return lab.phase instanceof Stopped || lab.phase instanceof Serving;
    }

    private static void obey(Lab lab, Body body) {
        int generation = body.worker.generation();
        if (!body.signals.isEmpty()) {
            lab.exits(generation);
            return;
        }
        List<Message> told = List.copyOf(body.told);
        body.told.clear();
        if (told.isEmpty()) {
            lab.on(new Event.Ready(generation, List.of()));
        }
        if (lab.asked.contains(generation)) {
            lab.passes(generation);
        }
        for (Message message : told) {
            if (message instanceof Message.Accept) {
                lab.accepting(generation);
            } else if (message instanceof Message.Park) {
                lab.parked(generation);
            } else if (lab.alive.containsKey(generation)) {
                lab.drained(generation);
                lab.exits(generation);
                return;
            }
        }
    }

    @Test
    void longWalksAtRandomNeverBreakWhatMustHold() {
        long seed = new SplittableRandom().nextLong();
        System.out.println("random walks with seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int walk = 0; walk < 400; walk++) {
            Lab lab = Lab.serving(random.nextBoolean() ? Lab.RULES : Lab.bakingFor(Duration.ZERO));
            for (int i = 0; i < 250; i++) {
                walk(lab, random);
            }
            comesToAGoodEnd(lab);
        }
    }

    private static void walk(Lab lab, SplittableRandom random) {
        int roll = random.nextInt(100);
        if (roll < 12 && lab.alive.size() > 0) {
            // Now and then a death; the seats say whether it was a lie.
            List<Integer> living = List.copyOf(lab.alive.keySet());
            lab.dies(living.get(random.nextInt(living.size())));
        } else if (roll < 20) {
            lab.on(orders().get(random.nextInt(roll == 19 && random.nextInt(10) == 0 ? 4 : 3)));
        } else if (roll < 35 && !lab.armed.isEmpty()) {
            lab.pass(Duration.ofMillis(random.nextInt(8000)));
        } else if (roll < 40) {
            lab.on(new Event.Deadline(lab.everArmed.get(random.nextInt(lab.everArmed.size()))));
        } else if (roll < 70 && lab.alive.size() > 0) {
            List<Body> living = List.copyOf(lab.alive.values());
            obey(lab, living.get(random.nextInt(living.size())));
        } else {
            int generation = Math.max(0, lab.everSpawned.size() + 1 - random.nextInt(4));
            List<Event> events = events(generation, lab);
            Event event = events.get(random.nextInt(events.size()));
            lab.on(event);
        }
    }
}
