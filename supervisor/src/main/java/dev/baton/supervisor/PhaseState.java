package dev.baton.supervisor;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Launch.Overrides;
import dev.baton.supervisor.Leaving.Stage;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Upgrade.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Phases, and all that is in them, as JSON and back. An equal phase comes back, but for its rules, which are those of
 * the day, and for its timers, which are new and not armed: {@link Resumption} arms them.
 */
final class PhaseState {
    private PhaseState() {}

    static Map<String, Object> write(Phase phase) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("phase", phase.getClass().getSimpleName());
        json.put("life", write(phase.life()));
        if (phase instanceof Starting p) {
            json.put("attempt", write(p.attempt()));
            p.upgrade().ifPresent(upgrade -> json.put("upgrade", write(upgrade)));
            json.put("leavers", write(p.leavers()));
        } else if (phase instanceof BackingOff p) {
            json.put("waiting", p.timer().isPresent());
            p.upgrade().ifPresent(upgrade -> json.put("upgrade", write(upgrade)));
            json.put("leavers", write(p.leavers()));
        } else if (phase instanceof Serving p) {
            json.put("active", write(p.active()));
            json.put("unsteady", p.steady().isPresent());
        } else if (phase instanceof Clearing p) {
            json.put("active", write(p.active()));
            json.put("leaving", write(p.retiring()));
            json.put("upgrade", write(p.upgrade()));
        } else if (phase instanceof Upgrading p) {
            json.put("active", write(p.active()));
            json.put("upgrade", write(p.upgrade()));
            json.put("attempt", write(p.attempt()));
        } else if (phase instanceof TakingOver p) {
            json.put("active", write(p.active()));
            json.put("upgrade", write(p.upgrade()));
            json.put("attempt", write(p.attempt()));
        } else if (phase instanceof Parking p) {
            json.put("old", write(p.old()));
            json.put("upgrade", write(p.upgrade()));
        } else if (phase instanceof Baking p) {
            json.put("old", write(p.parked()));
            json.put("upgrade", write(p.upgrade()));
        } else if (phase instanceof Draining p) {
            json.put("active", write(p.active()));
            json.put("leaving", write(p.retiring()));
        } else if (phase instanceof Aborting p) {
            json.put("active", write(p.active()));
            json.put("leaving", write(p.condemned()));
        } else if (phase instanceof Returning p) {
            json.put("old", write(p.old()));
            json.put("upgrade", write(p.upgrade()));
            json.put("parked", p.parked());
            json.put("alive", p.alive());
            json.put("reason", p.reason());
        } else if (phase instanceof Stopping p) {
            json.put("leavers", write(p.leavers()));
            json.put("accepting", List.copyOf(p.accepting()));
            json.put("exitCode", p.exitCode());
        }
        return json;
    }

    /** The same phase, but for what is remembered in it. */
    static Phase with(Phase phase, UnaryOperator<Life> change) {
        return read(Fields.of(write(phase)), phase.life().rules(), change);
    }

    static Phase read(Fields json, Rules rules) {
        return read(json, rules, UnaryOperator.identity());
    }

    private static Phase read(Fields json, Rules rules, UnaryOperator<Life> change) {
        Life life = change.apply(life(json.object("life"), rules));
        String phase = json.text("phase");
        return switch (phase) {
            case "Starting" -> new Starting(life, attempt(json.object("attempt")), anyUpgrade(json), leavers(json));
            case "BackingOff" ->
                new BackingOff(life, timer("back-off", json.flag("waiting")), anyUpgrade(json), leavers(json));
            case "Serving" -> new Serving(life, worker(json, "active"), timer("steady", json.flag("unsteady")));
            case "Clearing" -> new Clearing(life, worker(json, "active"), leaving(json), upgrade(json));
            case "Upgrading" ->
                new Upgrading(life, worker(json, "active"), upgrade(json), attempt(json.object("attempt")));
            case "TakingOver" ->
                new TakingOver(life, worker(json, "active"), upgrade(json), attempt(json.object("attempt")));
            case "Parking" -> new Parking(life, worker(json, "old"), upgrade(json), new Timer("parked"));
            case "Baking" -> baking(life, worker(json, "old"), upgrade(json));
            case "Draining" -> new Draining(life, worker(json, "active"), leaving(json));
            case "Aborting" -> aborting(life, json);
            case "Returning" ->
                new Returning(
                        life,
                        worker(json, "old"),
                        !json.has("parked") || json.flag("parked"),
                        upgrade(json),
                        json.flag("alive"),
                        json.text("reason"),
                        new Timer("accepting"));
            case "Stopping" -> new Stopping(life, leavers(json), accepting(json), json.integer("exitCode"));
            default -> throw new IllegalArgumentException("there is no phase \"" + phase + "\"");
        };
    }

    private static Set<Integer> accepting(Fields json) {
        return json.has("accepting")
                ? json.numbers("accepting").stream().map(Long::intValue).collect(Collectors.toSet())
                : Set.of();
    }

    private static Aborting aborting(Life life, Fields json) {
        Leaving condemned = leaving(json);
        if (condemned.verdict().isEmpty()) {
            throw new IllegalArgumentException("a candidate that is aborted belongs to an upgrade");
        }
        return new Aborting(life, worker(json, "active"), condemned);
    }

    private static Baking baking(Life life, Worker parked, Upgrade upgrade) {
        Optional<Inquiry> inquiry = Inquiry.of(upgrade.candidate(), Inquiry.Where.PUBLIC);
        return new Baking(life, parked, upgrade, new Timer("bake"), inquiry, false);
    }

    private static Optional<Timer> timer(String name, boolean present) {
        return present ? Optional.of(new Timer(name)) : Optional.empty();
    }

    // ---- what phases are made of ----

    private static Map<String, Object> write(Life life) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("lastGeneration", life.lastGeneration());
        json.put("lastUpgrade", life.lastUpgrade());
        json.put("launch", write(life.launch()));
        life.previous().ifPresent(previous -> json.put("previous", write(previous)));
        json.put("failures", life.failures());
        json.put("served", life.served());
        return json;
    }

    private static Life life(Fields json, Rules rules) {
        return new Life(
                rules,
                json.integer("lastGeneration"),
                json.number("lastUpgrade"),
                launch(json.object("launch")),
                json.optionalObject("previous").map(PhaseState::launch),
                json.integer("failures"),
                json.flag("served"));
    }

    static Map<String, Object> write(Launch launch) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("command", launch.command());
        json.put("environment", launch.environment());
        launch.directory().ifPresent(directory -> json.put("directory", directory.toString()));
        json.put("wrap", launch.wrap().text());
        json.put("listeners", launch.listeners().stream().map(PhaseState::write).toList());
        launch.check().ifPresent(check -> json.put("check", write(check)));
        launch.warmUp().ifPresent(warmUp -> json.put("warmUp", write(warmUp)));
        launch.readyAfter().ifPresent(after -> json.put("readyAfterNanos", after.toNanos()));
        json.put("stopSignal", launch.stopSignal().name());
        json.put("overrides", write(launch.overrides()));
        return json;
    }

    private static Map<String, Object> write(Overrides overrides) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("environment", overrides.environment());
        overrides.directory().ifPresent(directory -> json.put("directory", directory.toString()));
        return json;
    }

    private static Overrides overrides(Fields json) {
        return new Overrides(
                json.textMap("environment"), json.optionalText("directory").map(Path::of));
    }

    static Launch launch(Fields json) {
        return new Launch(
                json.texts("command"),
                json.textMap("environment"),
                json.optionalText("directory").map(Path::of),
                wrap(json.text("wrap")),
                json.objects("listeners").stream().map(PhaseState::spec).toList(),
                json.optionalObject("check").map(PhaseState::check),
                json.optionalObject("warmUp").map(PhaseState::warmUp),
                json.optionalNumber("readyAfterNanos").map(Duration::ofNanos),
                json.optionalText("stopSignal").flatMap(Signal::named).orElse(Signal.TERM),
                json.optionalObject("overrides").map(PhaseState::overrides).orElse(Overrides.NONE));
    }

    private static Wrap wrap(String text) {
        return Wrap.named(text).orElseThrow(() -> new IllegalArgumentException("there is no wrap \"" + text + "\""));
    }

    private static Map<String, Object> write(Check check) {
        return Map.of("listener", check.listener(), "path", check.path(), "status", check.status());
    }

    private static Check check(Fields json) {
        return new Check(json.text("listener"), json.text("path"), json.integer("status"));
    }

    private static Map<String, Object> write(WarmUp warmUp) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("listener", warmUp.listener());
        json.put("requests", warmUp.requests());
        warmUp.count().ifPresent(count -> json.put("count", count));
        json.put("timeoutNanos", warmUp.timeout().toNanos());
        return json;
    }

    private static WarmUp warmUp(Fields json) {
        return new WarmUp(
                json.text("listener"),
                json.texts("requests"),
                json.has("count") ? OptionalInt.of(json.integer("count")) : OptionalInt.empty(),
                Duration.ofNanos(json.number("timeoutNanos")));
    }

    static Map<String, Object> write(ListenerSpec spec) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", spec.name());
        json.put("address", spec.address().text());
        if (spec.address() instanceof ListenAddress.Inet inet) {
            json.put("ip", inet.ip());
        }
        json.put("backlog", spec.backlog());
        return json;
    }

    static ListenerSpec spec(Fields json) {
        String address = json.text("address");
        return new ListenerSpec(
                json.text("name"),
                json.optionalText("ip")
                        .map(ip -> ListenAddress.parse(address, ip))
                        .orElseGet(() -> ListenAddress.parse(address)),
                json.integer("backlog"));
    }

    static Map<String, Object> write(Worker worker) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("generation", worker.generation());
        json.put("launch", write(worker.launch()));
        return json;
    }

    private static Worker worker(Fields json, String key) {
        return worker(json.object(key));
    }

    static Worker worker(Fields json) {
        return new Worker(json.integer("generation"), launch(json.object("launch")));
    }

    static Map<String, Object> write(ProcessIdentity process) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pid", process.pid());
        json.put("startTime", process.startTime());
        json.put("uid", Integer.toUnsignedLong(process.uid()));
        return json;
    }

    static ProcessIdentity process(Fields json) {
        int pid = json.integer("pid");
        if (pid == 0) {
            throw new IllegalArgumentException("no process has pid 0");
        }
        return new ProcessIdentity(pid, json.number("startTime"), (int) json.number("uid"));
    }

    private static Map<String, Object> write(Attempt attempt) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("worker", write(attempt.worker()));
        json.put("told", attempt.told());
        return json;
    }

    private static Attempt attempt(Fields json) {
        Attempt attempt = Attempt.begin(worker(json, "worker"));
        return json.flag("told") ? attempt.ready() : attempt;
    }

    private static Map<String, Object> write(Upgrade upgrade) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", upgrade.id());
        json.put("from", upgrade.from());
        json.put("candidate", write(upgrade.candidate()));
        return json;
    }

    private static Upgrade upgrade(Fields json) {
        return readUpgrade(json.object("upgrade"));
    }

    private static Optional<Upgrade> anyUpgrade(Fields json) {
        return json.optionalObject("upgrade").map(PhaseState::readUpgrade);
    }

    private static Upgrade readUpgrade(Fields json) {
        return new Upgrade(json.number("id"), json.integer("from"), worker(json, "candidate"));
    }

    private static List<Object> write(Leavers leavers) {
        return leavers.all().stream().<Object>map(PhaseState::write).toList();
    }

    private static Leavers leavers(Fields json) {
        return new Leavers(
                json.objects("leavers").stream().map(PhaseState::readLeaving).toList());
    }

    private static Map<String, Object> write(Leaving leaving) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("worker", write(leaving.worker()));
        json.put("role", leaving.role().text());
        Stage stage = leaving.stage() == Stage.SPARED ? Stage.TERMINATED : leaving.stage(); // its timer ends with us
        json.put("stage", stage.name().toLowerCase(Locale.ROOT));
        json.put("deadline", leaving.deadline().toMillis());
        leaving.successor().ifPresent(successor -> json.put("successor", successor));
        leaving.verdict().ifPresent(verdict -> json.put("verdict", write(verdict)));
        return json;
    }

    private static Leaving leaving(Fields json) {
        return readLeaving(json.object("leaving"));
    }

    private static Leaving readLeaving(Fields json) {
        Stage stage = Stage.valueOf(json.text("stage").toUpperCase(Locale.ROOT));
        Worker worker = worker(json, "worker");
        Timer timer = Leaving.timer(stage, worker);
        return new Leaving(
                worker,
                Role.valueOf(json.text("role").toUpperCase(Locale.ROOT)),
                stage,
                timer,
                timer,
                Duration.ofMillis(json.number("deadline")),
                json.has("successor") ? OptionalInt.of(json.integer("successor")) : OptionalInt.empty(),
                json.optionalObject("verdict").map(PhaseState::verdict));
    }

    private static Map<String, Object> write(Verdict verdict) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("upgrade", write(verdict.upgrade()));
        json.put("outcome", verdict.outcome().text());
        verdict.reason().ifPresent(reason -> json.put("reason", reason));
        return json;
    }

    private static Verdict verdict(Fields json) {
        return new Verdict(upgrade(json), Outcome.of(json.text("outcome")), json.optionalText("reason"));
    }
}
