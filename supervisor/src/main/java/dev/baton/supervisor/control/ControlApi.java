package dev.baton.supervisor.control;

import dev.baton.handover.DaemonThread;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRecord;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.metrics.Scrape;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Which order means what to the supervisor, and how its answers read in HTTP. It knows no server and no socket.
 *
 * <p>Threading: any; an answer that has to wait comes later, on a thread of its own making, and holds none meanwhile.
 */
final class ControlApi {
    private static final String UPGRADES = "/v1/upgrades/";
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final Supervision supervision;
    private Scrape scrape;
    /** By path, then by method. */
    private final Map<String, Map<String, Function<Order, CompletionStage<Answer>>>> routes = new TreeMap<>();

    ControlApi(Supervision supervision) {
        this.supervision = supervision;
        on("GET", "/v1/status", order -> now(status()));
        on("POST", "/v1/upgrade", this::upgrade);
        on("GET", "/v1/upgrades", order -> now(upgrades()));
        on("GET", UPGRADES + "{id}", order -> now(upgradeById(order)));
        on("POST", "/v1/rollback", order -> now(reply("rollback", supervision.rollback())));
        on("POST", "/v1/reexec", order -> now(reply("reexec", supervision.reexec())));
        on("POST", "/v1/stop", order -> now(reply("stop", supervision.stop())));
        on("GET", "/v1/events", order -> now(Answer.events()));
        Dashboard.PATHS.forEach(path -> on("GET", path, order -> now(Dashboard.answer(path))));
        // A counter that goes back for a moment is one that began anew, to a scraper.
        on("GET", "/metrics", order -> supervision.counted().thenApply(counted -> metrics(order)));
        on("GET", "/healthz", order -> now(health()));
    }

    private void on(String method, String path, Function<Order, CompletionStage<Answer>> action) {
        routes.computeIfAbsent(path, any -> new TreeMap<>()).put(method, action);
    }

    /**
     * Does what the order says.
     *
     * @throws BadRequestException where the order is not one, with what is wrong and what would be right
     */
    CompletionStage<Answer> answer(Order order) {
        boolean oneUpgrade = order.path().startsWith(UPGRADES) && order.path().length() > UPGRADES.length();
        var methods = routes.get(oneUpgrade ? UPGRADES + "{id}" : order.path());
        if (methods == null) {
            return now(Answer.of(Problem.of(
                    404,
                    "Not found",
                    "There is nothing at " + shown(order.path()) + "; there is " + String.join(", ", routes.keySet())
                            + ".")));
        }
        // RFC 9110 9.3.2: what answers GET answers HEAD; the server leaves the body out.
        var action = methods.get(order.method().equals("HEAD") ? "GET" : order.method());
        if (action == null) {
            String allow = String.join(", ", methods.keySet()).replace("GET", "GET, HEAD");
            return now(Answer.of(Problem.methodNotAllowed(shown(order.method()), order.path(), allow)));
        }
        return action.apply(order);
    }

    private Answer status() {
        return Answer.json(
                200, StatusJson.of(supervision.status(), ProcessHandle.current().pid()));
    }

    private Answer metrics(Order order) {
        Scrape.Text text = scrape().text(supervision.status(), supervision.totals(), order.accept());
        return new Answer(200, text.type(), text.body(), Map.of());
    }

    /** Made when it is first asked for: nobody's start waits for it, and whom nobody scrapes never pays. */
    private synchronized Scrape scrape() {
        if (scrape == null) {
            scrape = new Scrape();
        }
        return scrape;
    }

    private Answer health() {
        if (supervision.status().accepting()) {
            return Answer.text(200, "ok\n");
        }
        return Answer.of(Problem.of(
                503,
                "No worker accepts",
                "The supervisor is " + supervision.status().phase()
                        + " and no worker accepts; connections wait in the backlog. Its log says why."));
    }

    // ---- upgrades ----

    private CompletionStage<Answer> upgrade(Order order) {
        Optional<Duration> wait = waitOf(order);
        UpgradeRequest request = UpgradeOrder.parse(order.body());
        Optional<CompletableFuture<Optional<UpgradeRecord>>> end;
        try {
            end = wait.map(ControlApi::awaited);
        } catch (OutOfMemoryError e) {
            return now(untimed(e));
        }
        Supervision.UpgradeReply reply = supervision.upgrade(request);
        if (reply instanceof Supervision.UpgradeBegun begun) {
            return end.map(its -> answered(begun, its)).orElseGet(() -> now(begun(begun.id())));
        }
        end.ifPresent(its -> its.cancel(false)); // and its timer
        if (reply instanceof Supervision.Misconfigured misconfigured) {
            return now(misconfigured(misconfigured.mistakes()));
        }
        return now(refused("upgrade", (Supervision.Refused) reply));
    }

    /** The end of an upgrade that has not begun, empty where it takes longer. The first timer of all takes a thread. */
    private static CompletableFuture<Optional<UpgradeRecord>> awaited(Duration wait) {
        return new CompletableFuture<Optional<UpgradeRecord>>()
                .completeOnTimeout(Optional.empty(), wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private CompletionStage<Answer> answered(
            Supervision.UpgradeBegun begun, CompletableFuture<Optional<UpgradeRecord>> end) {
        begun.end().whenComplete((record, failure) -> {
            if (failure == null) {
                end.complete(Optional.of(record));
            } else {
                end.completeExceptionally(failure);
            }
        });
        return end.thenApply(record -> record.map(this::ended).orElseGet(() -> begun(begun.id())));
    }

    private static Answer untimed(OutOfMemoryError e) {
        return Answer.of(Problem.of(
                503,
                "Nothing has begun",
                "There is no thread to time the wait: "
                        + DaemonThread.refused("timer", e).getMessage()
                        + "; ask again when there is, or without wait."));
    }

    private Answer begun(long id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("phase", supervision.upgrade(id).map(StatusJson::phase).orElse(null));
        return Answer.json(202, json).with("Location", UPGRADES + id);
    }

    private Answer ended(UpgradeRecord upgrade) {
        Map<String, Object> json = StatusJson.of(upgrade);
        Outcome outcome = upgrade.outcome().orElse(Outcome.HANDOVER_FAILED);
        if (outcome == Outcome.UPGRADED) {
            return Answer.json(200, json);
        }
        String reason = upgrade.reason().orElse("The supervisor gives no reason.");
        int status = outcome == Outcome.REFUSED ? 409 : 502;
        return Answer.of(Problem.of(status, "The upgrade failed: " + outcome.text(), reason)
                .with(json));
    }

    private Answer upgrades() {
        return Answer.json(
                200,
                Map.of(
                        "upgrades",
                        supervision.upgrades().stream()
                                .map(upgrade -> StatusJson.of(upgrade))
                                .toList()));
    }

    private Answer upgradeById(Order order) {
        String text = order.path().substring(UPGRADES.length());
        Optional<UpgradeRecord> upgrade =
                text.matches("\\d{1,18}") ? supervision.upgrade(Long.parseLong(text)) : Optional.empty();
        return upgrade.map(record -> Answer.json(200, StatusJson.of(record)))
                .orElseGet(() -> Answer.of(Problem.of(
                        404,
                        "No such upgrade",
                        "There is no upgrade " + shown(text) + " in this supervisor's memory; GET /v1/upgrades lists"
                                + " those that are kept.")));
    }

    private static Optional<Duration> waitOf(Order order) {
        for (String parameter : order.query().keySet()) {
            if (!parameter.equals("wait")) {
                throw new BadRequestException(
                        "unknown parameter \"" + shown(parameter) + "\"; an upgrade takes wait, like ?wait=60s");
            }
        }
        Optional<Duration> wait = Optional.ofNullable(order.query().get("wait")).map(ControlApi::duration);
        wait.filter(duration -> duration.compareTo(LONGEST_WAIT) > 0).ifPresent(duration -> {
            throw new BadRequestException("wait is at most "
                    + DurationText.spoken(LONGEST_WAIT)
                    + "; leave it out and ask GET /v1/upgrades/ID from time to time");
        });
        return wait;
    }

    private static Duration duration(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("wait: " + e.getMessage(), e);
        }
    }

    // ---- orders without a record ----

    private Answer reply(String order, Supervision.Reply reply) {
        if (reply instanceof Supervision.Refused refused) {
            return refused(order, refused);
        }
        long id = ((Supervision.Begun) reply).upgrade();
        Map<String, Object> json = new LinkedHashMap<>();
        if (id != 0) {
            json.put("id", id);
        }
        json.put("phase", supervision.status().phase());
        return Answer.json(202, json);
    }

    private static Answer refused(String order, Supervision.Refused refused) {
        return Answer.of(Problem.of(409, "The " + order + " is refused", refused.reason())
                .with(Map.of("outcome", Outcome.REFUSED.text())));
    }

    private static Answer misconfigured(List<String> mistakes) {
        return Answer.of(Problem.of(
                        409,
                        "The configuration is wrong",
                        "Nothing has changed, for the configuration is wrong: " + String.join(" | ", mistakes))
                .with(Map.of("outcome", Outcome.REFUSED.text(), "mistakes", mistakes)));
    }

    private static CompletionStage<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    /** A client's words, short enough to be given back. */
    private static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
