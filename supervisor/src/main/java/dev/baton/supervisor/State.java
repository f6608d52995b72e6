package dev.baton.supervisor;

import dev.baton.supervisor.json.Json;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a supervisor leaves to the next one of its app, should it die.
 *
 * @param boot of the machine, in which the numbers of processes and sockets mean something
 * @param configured what it was told to run, as opposed to what serves by now
 * @param workers whose processes lived
 * @param inheritance what stays open, if the next one is another program in the same process
 */
record State(
        String app,
        String boot,
        Launch configured,
        Phase phase,
        List<LivingWorker> workers,
        List<HeldListener> listeners,
        List<UpgradeRecord> upgrades,
        Totals totals,
        Optional<Inheritance> inheritance) {
    /**
     * Changed with every change of what is written, for another supervisor's version may read it; but not where that can
     * do without what is new.
     */
    static final int FORMAT = 1;

    private static final Logger LOG = LoggerFactory.getLogger(State.class);

    /** Of so many upgrades, the newest, the failed workers' last lines are kept. */
    private static final int WITH_OUTPUT = 5;

    private static final int LONGEST_LINE = 1000;

    State {
        workers = List.copyOf(workers);
        listeners = List.copyOf(listeners);
        upgrades = List.copyOf(upgrades);
    }

    /**
     * A worker's process, and what makes it known.
     *
     * @param met whether it has ever said hello, and been given the listeners
     * @param stopping whether it has been sent its stop signal, which for many programs a second one makes a kill
     * @param leaving whether it has said that it leaves
     */
    record LivingWorker(
            Worker worker,
            ProcessIdentity process,
            String token,
            Instant startedAt,
            boolean met,
            boolean stopping,
            boolean leaving) {}

    /**
     * Looks whether its workers could come to a supervisor of this one's. The handover socket is one user's: those of
     * another would knock in vain, and be taken for hanging.
     *
     * @param user who workers run as from now on; empty: this process's own user
     * @throws StartException if another's live, with what to do
     */
    void requireWorkersOf(Optional<Settings.User> user) throws StartException, IOException {
        int uid = Identity.ofWorkers(user);
        for (LivingWorker worker : workers) {
            ProcessIdentity process = worker.process;
            if (process.uid() != uid && process.isAlive()) {
                throw new StartException(
                        "a worker of the supervisor before, pid " + process.pid() + ", serves on as uid "
                                + process.uid() + ", and workers are to run as uid " + uid
                                + " now, so that it could not be taken"
                                + " back: put user back, and change it after \"baton stop\"; or end that worker, and start again");
            }
        }
    }

    /** The same, for another program in this process. */
    State leaving(Inheritance left) {
        return new State(app, boot, configured, phase, workers, listeners, upgrades, totals, Optional.of(left));
    }

    /** Whether it says more than that an upgrade has run on: each step that ends a part of one is news by itself. */
    boolean isNewsTo(State known) {
        return !untimed().equals(known.untimed());
    }

    private State untimed() {
        List<UpgradeRecord> untimed =
                upgrades.stream().map(UpgradeRecord::untimed).toList();
        return new State(app, boot, configured, phase, workers, listeners, untimed, totals, inheritance);
    }

    String text() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", FORMAT);
        json.put("app", app);
        json.put("boot", boot);
        json.put("configured", PhaseState.write(configured));
        json.put("state", PhaseState.write(phase));
        json.put("workers", workers.stream().map(State::write).toList());
        json.put("listeners", listeners.stream().map(HeldListener::write).toList());
        List<Object> records = new ArrayList<>();
        for (int i = 0; i < upgrades.size(); i++) {
            records.add(write(upgrades.get(i), i >= upgrades.size() - WITH_OUTPUT));
        }
        json.put("upgrades", records);
        json.put("totals", totals.write());
        inheritance.ifPresent(left -> json.put("inheritance", left.write()));
        return Json.write(json);
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static State parse(String text, Rules rules) {
        Fields json = Fields.of(Json.read(text));
        long format = json.number("format");
        if (format != FORMAT) {
            throw new IllegalArgumentException("it has format " + format + ", and this version knows " + FORMAT);
        }
        return new State(
                json.text("app"),
                json.text("boot"),
                PhaseState.launch(json.object("configured")),
                PhaseState.read(json.object("state"), rules),
                json.objects("workers").stream().map(State::livingWorker).toList(),
                json.objects("listeners").stream().map(HeldListener::read).toList(),
                json.objects("upgrades").stream()
                        .flatMap(upgrade -> past(upgrade, State::upgrade).stream())
                        .toList(),
                json.optionalObject("totals")
                        .flatMap(totals -> past(totals, Totals::read))
                        .orElse(Totals.NONE),
                json.optionalObject("inheritance").map(Inheritance::read));
    }

    /** What is over is left out where it is not understood: that is no reason to end whoever serves. */
    private static <T> Optional<T> past(Fields json, Function<Fields, T> read) {
        try {
            return Optional.of(read.apply(json));
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            LOG.warn("a part of what was before is not understood, and left out: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static Map<String, Object> write(LivingWorker worker) {
        Map<String, Object> json = PhaseState.write(worker.worker);
        json.put("process", PhaseState.write(worker.process));
        json.put("token", worker.token);
        json.put("startedAt", worker.startedAt.toString());
        json.put("met", worker.met);
        json.put("stopping", worker.stopping);
        json.put("leaving", worker.leaving);
        return json;
    }

    private static LivingWorker livingWorker(Fields json) {
        return new LivingWorker(
                PhaseState.worker(json),
                PhaseState.process(json.object("process")),
                json.text("token"),
                Instant.parse(json.text("startedAt")),
                json.flag("met"),
                json.has("stopping") && json.flag("stopping"),
                json.has("leaving") && json.flag("leaving"));
    }

    private static Map<String, Object> write(UpgradeRecord upgrade, boolean withOutput) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", upgrade.id());
        json.put("startedAt", upgrade.startedAt().toString());
        upgrade.outcome().ifPresent(outcome -> json.put("outcome", outcome.text()));
        json.put("from", upgrade.from());
        json.put("to", upgrade.to());
        Map<String, Object> phases = new LinkedHashMap<>();
        upgrade.phases().forEach((phase, time) -> phases.put(phase, time.toNanos()));
        json.put("phases", phases);
        upgrade.reason().ifPresent(reason -> json.put("reason", reason));
        upgrade.warmth().ifPresent(warmth -> json.put("warmth", write(warmth)));
        json.put("output", withOutput ? shortened(upgrade.output()) : List.of());
        json.put("cut", withOutput ? shortened(upgrade.cut()) : List.of());
        return json;
    }

    private static Map<String, Object> write(Warmth warmth) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("answered", warmth.answered());
        json.put("errors", warmth.errors());
        json.put("failed", warmth.failed());
        json.put("end", warmth.end().text());
        warmth.first().ifPresent(time -> json.put("first", time.toNanos()));
        warmth.last().ifPresent(time -> json.put("last", time.toNanos()));
        warmth.trouble().ifPresent(text -> json.put("trouble", text));
        return json;
    }

    private static Warmth warmth(Fields json) {
        return new Warmth(
                json.integer("answered"),
                json.integer("errors"),
                json.integer("failed"),
                Warmth.End.of(json.text("end")),
                json.optionalNumber("first").map(Duration::ofNanos),
                json.optionalNumber("last").map(Duration::ofNanos),
                json.optionalText("trouble"));
    }

    private static List<String> shortened(List<String> lines) {
        return lines.stream()
                .map(line -> line.substring(0, Math.min(line.length(), LONGEST_LINE)))
                .toList();
    }

    private static UpgradeRecord upgrade(Fields json) {
        Map<String, Duration> phases = new LinkedHashMap<>();
        json.numberMap("phases").forEach((phase, nanos) -> phases.put(phase, Duration.ofNanos(nanos)));
        return new UpgradeRecord(
                json.number("id"),
                Instant.parse(json.text("startedAt")),
                json.optionalText("outcome").map(Outcome::of),
                json.integer("from"),
                json.integer("to"),
                phases,
                json.optionalText("reason"),
                json.texts("output"),
                json.optionalObject("warmth").flatMap(warmth -> past(warmth, State::warmth)),
                json.texts("cut"));
    }
}
