package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A lifecycle without processes and without time: phases in the middle, and around them a world that only writes down
 * what is done to it. After every step it checks what must always hold.
 */
final class Lab implements Hands {
    static final Rules RULES = new Rules(
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30));

    static final Launch V1 = launch("v1");
    static final Launch V2 = launch("v2");
    static final Check CHECK = new Check("http", "/health", 200);
    static final Launch V1_CHECKED = checked("v1");
    static final Launch V2_CHECKED = checked("v2");

    /** A worker's process, to the lab. */
    static final class Body {
        final Worker worker;
        final List<Message> told = new ArrayList<>();
        final List<Signal> signals = new ArrayList<>();

        Body(Worker worker) {
            this.worker = worker;
        }
    }

    record Armed(Timer timer, Duration at) {}

    /** An answer that must be given exactly once. */
    static final class Asked implements Answer {
        String answer;
        long upgrade;

        @Override
        public void granted(long id) {
            assertNull(answer, "answered twice");
            answer = "granted";
            upgrade = id;
        }

        @Override
        public void refused(String reason) {
            assertNull(answer, "answered twice");
            answer = reason;
        }

        boolean granted() {
            return "granted".equals(answer);
        }
    }

    final Map<Integer, Body> alive = new LinkedHashMap<>();
    final Map<Integer, Body> everSpawned = new LinkedHashMap<>();
    final List<Armed> armed = new ArrayList<>();
    final List<Timer> everArmed = new ArrayList<>();
    final List<String> log = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    final Set<Long> running = new TreeSet<>();
    final Map<Long, Upgrade.Verdict> concluded = new LinkedHashMap<>();
    final List<Integer> asked = new ArrayList<>();
    final Map<Integer, Duration> behind = new LinkedHashMap<>();
    final Set<Integer> givingWay = new TreeSet<>();
    final List<Integer> backOffs = new ArrayList<>();
    Duration now = Duration.ZERO;
    Phase phase;
    private boolean mayStop = true;
    private final Rules rules;

    private Lab(Rules rules, Launch launch) {
        this.rules = rules;
        take(Starting.again(Life.begin(rules, launch), Leavers.NONE));
    }

    static Lab starting() {
        return new Lab(RULES, V1);
    }

    static Lab starting(Rules rules) {
        return new Lab(rules, V1);
    }

    static Lab starting(Launch launch) {
        return new Lab(RULES, launch);
    }

    /** Generation 1 serves. */
    static Lab serving() {
        return serving(RULES);
    }

    static Lab serving(Rules rules) {
        Lab lab = new Lab(rules, V1);
        lab.ready(1);
        lab.accepting(1);
        assertEquals("serving", lab.phase.name());
        lab.mayStop = false; // by itself, as it may when the first worker never serves
        return lab;
    }

    static Rules bakingFor(Duration bake) {
        return new Rules(
                RULES.ready(),
                RULES.answer(),
                RULES.park(),
                bake,
                RULES.drain(),
                RULES.hurry(),
                RULES.killAfter(),
                RULES.steady());
    }

    static final WarmUp WARM_UP = new WarmUp("http", List.of("GET /"), OptionalInt.of(200), Duration.ofSeconds(10));
    static final Launch V2_WARMED = warmed("v2", Optional.empty());
    static final Launch V2_CHECKED_AND_WARMED = warmed("v2", Optional.of(CHECK));

    private static Launch warmed(String name, Optional<Check> check) {
        return launch(List.of(name), Map.of(), Optional.empty(), Wrap.AGENT, check, Optional.of(WARM_UP));
    }

    static Launch checked(String name) {
        return launch(List.of(name), Map.of(), Optional.empty(), Wrap.AGENT, Optional.of(CHECK), Optional.empty());
    }

    /** Of a program that attaches by itself, and whose word is enough. */
    static Launch launch(String... command) {
        return launch(Wrap.KIT, command);
    }

    static Launch launch(Wrap wrap, String... command) {
        return launch(List.of(command), Map.of(), Optional.empty(), wrap, Optional.empty(), Optional.empty());
    }

    static Launch launch(List<String> command, Map<String, String> environment, Optional<Path> directory) {
        return launch(command, environment, directory, Wrap.KIT, Optional.empty(), Optional.empty());
    }

    private static Launch launch(
            List<String> command,
            Map<String, String> environment,
            Optional<Path> directory,
            Wrap wrap,
            Optional<Check> check,
            Optional<WarmUp> warmUp) {
        return new Launch(
                command,
                environment,
                directory,
                wrap,
                List.of(),
                check,
                warmUp,
                Optional.empty(),
                Signal.TERM,
                Launch.Overrides.NONE);
    }

    // ---- what happens ----

    void on(Event event) {
        if (event instanceof Event.Exited exited) {
            alive.remove(exited.generation());
        } else if (event instanceof Event.Checked checked) {
            asked.remove((Integer) checked.generation());
        }
        mayStop |= event instanceof Event.StopRequested;
        take(event.on(phase));
    }

    private void take(Step step) {
        phase = step.next();
        step.actions().forEach(action -> action.by(this));
        check();
    }

    void connected(int generation) {
        on(new Event.Connected(generation));
    }

    void ready(int generation) {
        on(new Event.Connected(generation));
        on(new Event.Ready(generation, List.of()));
    }

    void passes(int generation) {
        on(new Event.Checked(generation, Optional.empty()));
    }

    void fails(int generation, String answer) {
        on(new Event.Checked(generation, Optional.of(answer)));
    }

    void warmed(int generation) {
        on(new Event.Warmed(generation));
    }

    void accepting(int generation) {
        on(new Event.Accepting(generation));
    }

    void parked(int generation) {
        on(new Event.Parked(generation, true));
    }

    void cannotPark(int generation) {
        on(new Event.Parked(generation, false));
    }

    void drained(int generation) {
        on(new Event.Drained(generation));
    }

    void dies(int generation) {
        on(new Event.Exited(generation, Exit.of(137)));
    }

    void exits(int generation) {
        on(new Event.Exited(generation, Exit.of(0)));
    }

    void loses(int generation) {
        on(new Event.ChannelLost(generation, "it was closed"));
    }

    /** The supervisor dies, and some workers with it; another one reads what was written, and goes on from there. */
    void supervisorDies(Set<Integer> survivors) {
        armed.clear();
        asked.clear();
        behind.clear(); // whoever is adopted has its full share again
        givingWay.clear();
        Phase read = PhaseState.read(
                Fields.of(Json.read(Json.write(PhaseState.write(phase)))),
                phase.life().rules());
        Step step = Resumption.of(read, survivors::contains);
        // Whoever is dead and has no seat any more, nobody will hear of.
        alive.keySet()
                .removeIf(generation -> !survivors.contains(generation)
                        && step.next().seats().stream()
                                .noneMatch(seat -> seat.worker().is(generation)));
        take(step);
        for (Seat seat : read.seats()) {
            if (!survivors.contains(seat.worker().generation())) {
                alive.remove(seat.worker().generation());
                on(new Event.Exited(seat.worker().generation(), Exit.unseen()));
            }
        }
        for (int survivor : survivors) {
            connected(survivor);
        }
    }

    Asked upgrade() {
        return upgrade(V2);
    }

    Asked upgrade(Launch launch) {
        Asked asked = new Asked();
        on(new Event.UpgradeRequested(launch, rules, asked));
        return asked;
    }

    Asked rollback() {
        Asked asked = new Asked();
        on(new Event.RollbackRequested(asked));
        return asked;
    }

    Asked stop() {
        Asked asked = new Asked();
        on(new Event.StopRequested(asked));
        return asked;
    }

    /** Lets time pass, and rings what falls due. */
    void pass(Duration time) {
        Duration until = now.plus(time);
        while (true) {
            Optional<Armed> due = armed.stream()
                    .filter(a -> a.at().compareTo(until) <= 0)
                    .min(java.util.Comparator.comparing(Armed::at));
            if (due.isEmpty()) {
                break;
            }
            armed.remove(due.get());
            now = due.get().at();
            on(new Event.Deadline(due.get().timer()));
        }
        now = until;
    }

    // ---- what was done ----

    @Override
    public void spawn(Worker worker) {
        assertNull(everSpawned.put(worker.generation(), new Body(worker)), "a generation is never used twice");
        alive.put(worker.generation(), everSpawned.get(worker.generation()));
        log.add("spawn " + worker.generation());
    }

    @Override
    public void tell(int generation, Message message) {
        assertTrue(everSpawned.containsKey(generation), "told before it was spawned: " + generation);
        everSpawned.get(generation).told.add(message);
        log.add(message.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + " " + generation);
    }

    @Override
    public void drain(int generation, Duration deadline, OptionalInt successor) {
        everSpawned.get(generation).told.add(new Message.Drain(deadline));
        log.add("drain " + generation + " " + Failure.text(deadline)
                + (successor.isPresent() ? " to " + successor.getAsInt() : ""));
    }

    @Override
    public void ask(int generation, Check check, Inquiry.Where where) {
        assertEquals(CHECK, check);
        assertFalse(asked.contains(generation), "one question at a time: " + generation);
        asked.add(generation);
        log.add("ask " + generation + " " + where.name().toLowerCase(java.util.Locale.ROOT));
    }

    @Override
    public void warm(int generation, WarmUp warmUp) {
        log.add("warm " + generation);
    }

    @Override
    public void stepBack(int generation, Duration atMost) {
        behind.put(generation, atMost);
    }

    @Override
    public void stepForward(int generation) {
        behind.remove(generation);
        givingWay.remove(generation);
    }

    @Override
    public void giveWay(int generation) {
        givingWay.add(generation);
    }

    @Override
    public void signal(int generation, Signal signal) {
        everSpawned.get(generation).signals.add(signal);
        log.add(signal + " " + generation);
    }

    @Override
    public void arm(Timer timer, Duration after) {
        armed.add(new Armed(timer, now.plus(after)));
        everArmed.add(timer);
    }

    @Override
    public void backOff(Timer timer, int failures, String reason) {
        backOffs.add(failures);
        arm(timer, Duration.ofMillis(100));
    }

    @Override
    public void begin(Upgrade upgrade) {
        assertTrue(running.add(upgrade.id()), "begun twice");
        assertFalse(concluded.containsKey(upgrade.id()));
    }

    @Override
    public void conclude(Upgrade.Verdict verdict) {
        assertTrue(running.remove(verdict.upgrade().id()), "concluded, but not running: " + verdict);
        assertNull(concluded.put(verdict.upgrade().id(), verdict), "concluded twice");
        log.add(verdict.outcome().text());
    }

    @Override
    public void announce(Runnable announcement) {
        announcement.run();
    }

    @Override
    public void warn(String text) {
        warnings.add(text);
    }

    @Override
    public void keepNewcomersOut() {
        log.add("keep newcomers out");
    }

    @Override
    public void closeListeners() {
        log.add("close listeners");
    }

    @Override
    public void replaceProgram() {
        log.add("replace");
    }

    // ---- what must always hold ----

    private void check() {
        List<Seat> seats = phase.seats();
        assertEquals(
                alive.keySet(),
                seats.stream().map(s -> s.worker().generation()).collect(Collectors.toSet()),
                () -> "who lives has a seat, and who has a seat lives: " + phase);
        assertEquals(seats.size(), alive.size(), "nobody has two seats");
        assertEquals(
                running, phase.stages().keySet(), () -> "an upgrade runs as long as a phase is about it: " + phase);
        assertTrue(count(Role.ACTIVE) <= 1, () -> "two are active: " + phase);
        assertTrue(
                behind.keySet().stream().noneMatch(this::isNeeded),
                () -> "somebody is needed, and leaves the processors to others: " + phase);
        assertTrue(
                givingWay.stream().noneMatch(this::isNeeded),
                () -> "somebody is needed, and would be killed first: " + phase);
        if (isStopping()) {
            assertTrue(mayStop, () -> "nobody has told it to stop: " + phase);
            return;
        }
        assertTrue(count(Role.CANDIDATE) <= 1, () -> "two candidates: " + phase);
        assertTrue(count(Role.PARKED) + count(Role.RETIRING) <= 1, () -> "two parked or retiring: " + phase);
        assertTrue(
                seats.stream().anyMatch(s -> s.role() == Role.ACTIVE)
                        || seats.stream().anyMatch(s -> s.role() == Role.CANDIDATE)
                        || phase instanceof BackingOff off && off.timer().isPresent(),
                () -> "nobody serves, and nobody is going to: " + phase);
    }

    private boolean isNeeded(int generation) {
        return phase instanceof Starting starting && starting.attempt().is(generation)
                || phase.seats().stream().anyMatch(s -> s.worker().is(generation) && s.accepting());
    }

    boolean isStopping() {
        return phase instanceof Stopping || phase instanceof Stopped;
    }

    private long count(Role role) {
        return phase.seats().stream().filter(s -> s.role() == role).count();
    }

    int active() {
        return phase.seats().stream()
                .filter(s -> s.role() == Role.ACTIVE && s.accepting())
                .map(s -> s.worker().generation())
                .findFirst()
                .orElse(0);
    }

    Upgrade.Verdict verdict(long upgrade) {
        return concluded.get(upgrade);
    }

    Outcome outcome(long upgrade) {
        return concluded.get(upgrade).outcome();
    }

    /** What was done since the last look. */
    List<String> done() {
        List<String> since = List.copyOf(log);
        log.clear();
        return since;
    }
}
