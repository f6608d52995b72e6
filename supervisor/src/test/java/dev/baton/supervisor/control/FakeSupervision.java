package dev.baton.supervisor.control;

import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Traffic;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRecord;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.UpgradeTotals;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A supervisor that does nothing but remember what it was told, and answers what the test says. */
public final class FakeSupervision implements Supervision {
    public static final Instant STARTED = Instant.parse("2026-11-20T22:00:00Z");

    private Status.Restarts restarts = Status.Restarts.NONE;
    private final List<UpgradeRequest> requests = new ArrayList<>();
    private final Map<Long, UpgradeRecord> records = new LinkedHashMap<>();
    private String phase = "serving";
    private boolean accepting = true;
    private Instant started = STARTED;
    private Optional<String> refusal = Optional.empty();
    private Runnable onRollback = () -> {};
    private Runnable onStop = () -> {};
    private CompletableFuture<Void> counted = CompletableFuture.completedFuture(null);
    private int refused;
    private CompletableFuture<UpgradeRecord> end = new CompletableFuture<>();

    /** Its workers have yet to say what they have served: when this completes they have. */
    public synchronized FakeSupervision counts(CompletableFuture<Void> end) {
        counted = end;
        return this;
    }

    public synchronized FakeSupervision phase(String now) {
        phase = now;
        return this;
    }

    public synchronized FakeSupervision nobodyAccepts() {
        accepting = false;
        return this;
    }

    /** From now on every order is refused for this reason. */
    public synchronized FakeSupervision refuses(String reason) {
        refusal = Optional.of(reason);
        return this;
    }

    /** What a rollback does; it is about the upgrade that is then the last. */
    public synchronized FakeSupervision onRollback(Runnable action) {
        onRollback = action;
        return this;
    }

    public synchronized FakeSupervision onStop(Runnable action) {
        onStop = action;
        return this;
    }

    /** The running upgrade, if any, and every later one end like this. */
    public synchronized void ends(UpgradeRecord record) {
        records.put(record.id(), record);
        phase = "serving";
        end.complete(record);
    }

    public synchronized void remember(UpgradeRecord record) {
        records.put(record.id(), record);
    }

    public synchronized List<UpgradeRequest> requests() {
        return List.copyOf(requests);
    }

    public static UpgradeRecord upgraded(long id) {
        Map<String, Duration> phases = new LinkedHashMap<>();
        phases.put("starting", Duration.ofMillis(812));
        phases.put("warming", Duration.ofMillis(120));
        phases.put("baking", Duration.ofMillis(5000));
        phases.put("draining", Duration.ofMillis(31));
        return record(id, Outcome.UPGRADED, phases, null, List.of());
    }

    public static UpgradeRecord failed(long id, Outcome outcome, String reason, List<String> output) {
        return record(id, outcome, Map.of("starting", Duration.ofMillis(75)), reason, output);
    }

    public static UpgradeRecord running(long id) {
        return record(id, null, Map.of("starting", Duration.ofMillis(20)), null, List.of());
    }

    private static UpgradeRecord record(
            long id, Outcome outcome, Map<String, Duration> phases, String reason, List<String> output) {
        return new UpgradeRecord(
                id,
                STARTED.plusSeconds(60),
                Optional.ofNullable(outcome),
                2,
                3,
                phases,
                Optional.ofNullable(reason),
                output,
                Optional.empty(),
                List.of());
    }

    public synchronized void restarts(Status.Restarts now) {
        restarts = now;
    }

    @Override
    public synchronized Status status() {
        return new Status(
                "shop",
                phase,
                started,
                List.of(new Status.ListenerState(ListenerSpec.parse("http=0.0.0.0:8080"), 0, 0)),
                List.of(new Status.WorkerState(
                        3,
                        Status.Role.ACTIVE,
                        accepting,
                        99,
                        STARTED.plusSeconds(61),
                        List.of("java", "-jar", "shop.jar"),
                        2,
                        14,
                        16,
                        true,
                        Optional.empty(),
                        List.of(),
                        Traffic.NONE)),
                16,
                Traffic.NONE,
                restarts,
                records.values().stream()
                        .filter(record -> record.outcome().isPresent())
                        .reduce((first, second) -> second));
    }

    @Override
    public synchronized UpgradeReply upgrade(UpgradeRequest request) {
        if (refusal.isPresent()) {
            countRefusal();
            return new Refused(refusal.get());
        }
        requests.add(request);
        long id = records.size() + 1;
        if (end.isDone()) {
            return new UpgradeBegun(end.join().id(), end);
        }
        records.put(id, running(id));
        phase = "upgrading";
        return new UpgradeBegun(id, end);
    }

    @Override
    public synchronized void countRefusal() {
        refused++;
    }

    @Override
    public synchronized Optional<UpgradeRecord> upgrade(long id) {
        return Optional.ofNullable(records.get(id));
    }

    @Override
    public synchronized List<UpgradeRecord> upgrades() {
        return List.copyOf(records.values());
    }

    @Override
    public synchronized CompletionStage<Void> counted() {
        return counted;
    }

    @Override
    public synchronized UpgradeTotals totals() {
        UpgradeTotals totals = UpgradeTotals.NONE;
        for (UpgradeRecord record : records.values()) {
            totals = record.outcome().isPresent() ? totals.and(record) : totals;
        }
        for (int i = 0; i < refused; i++) {
            totals = totals.andRefused();
        }
        return totals;
    }

    @Override
    public synchronized Reply rollback() {
        if (refusal.isPresent()) {
            return new Refused(refusal.get());
        }
        onRollback.run();
        return new Begun(records.keySet().stream().reduce(0L, Math::max));
    }

    @Override
    public synchronized Reply reexec() {
        if (refusal.isPresent()) {
            return new Refused(refusal.get());
        }
        started = started.plusMillis(1);
        return new Begun(0);
    }

    @Override
    public synchronized Reply stop() {
        phase = "stopping";
        onStop.run();
        return new Begun(0);
    }
}
