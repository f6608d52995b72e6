package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private final AtomicLong now = new AtomicLong();
    private final History history = new History(() -> Instant.EPOCH, now::get);

    private static Upgrade upgrade(long id) {
        return new Upgrade(id, (int) id, new Worker((int) id + 1, Lab.V2));
    }

    private void pass(int millis) {
        now.addAndGet(Duration.ofMillis(millis).toNanos());
    }

    @Test
    void stagesAreTimedInTheirOrder() {
        history.begin(upgrade(1));
        history.enter(Map.of(1L, "starting"), history.now());
        pass(800);
        history.enter(Map.of(1L, "starting"), history.now());
        pass(12);
        history.enter(Map.of(1L, "baking"), history.now());
        pass(5);
        assertEquals(
                Map.of("starting", Duration.ofMillis(812), "baking", Duration.ofMillis(5)),
                history.find(1).orElseThrow().phases(),
                "the stage that runs is counted up to now");
        pass(5);
        history.conclude(upgrade(1).succeeds()).run();
        pass(100);
        assertEquals(
                List.of("starting", "baking"),
                List.copyOf(history.find(1).orElseThrow().phases().keySet()));
        assertEquals(
                Duration.ofMillis(10), history.find(1).orElseThrow().phases().get("baking"));
    }

    @Test
    void outputIsKeptOfWhatFailedAndOfNothingElse() {
        history.begin(upgrade(1));
        history.exited(1, List.of("the old one's"));
        history.exited(2, List.of("the candidate's"));
        history.conclude(upgrade(1).rolledBack("it died")).run();
        assertEquals(List.of("the candidate's"), history.find(1).orElseThrow().output());
        history.begin(upgrade(2));
        history.exited(3, List.of("the candidate's"));
        history.conclude(upgrade(2).succeeds()).run();
        assertEquals(List.of(), history.find(2).orElseThrow().output());
    }

    @Test
    void whatWorkersSaidIsKeptOfTheLastTenUpgradesThatAreOver() {
        history.restore(List.of(failed(1)), UpgradeTotals.NONE);
        for (int id = 2; id <= 12; id++) {
            history.begin(upgrade(id));
            history.exited(id + 1, List.of("said by " + (id + 1)));
            history.cut(id + 1, List.of("cut by\n" + (id + 1)));
            history.conclude(upgrade(id).rolledBack("it died")).run();
        }
        history.begin(upgrade(13));
        for (long id = 1; id <= 2; id++) {
            UpgradeRecord old = history.end(id).join();
            assertEquals(1, old.output().size());
            assertTrue(old.output().get(0).contains("no longer"), old::toString);
            assertEquals(old.output(), old.cut());
        }
        for (long id = 3; id <= 12; id++) {
            assertEquals(
                    List.of("said by " + (id + 1)),
                    history.find(id).orElseThrow().output());
            assertEquals(
                    List.of("cut by?" + (id + 1)),
                    history.find(id).orElseThrow().cut());
        }
        assertEquals(List.of(), history.find(13).orElseThrow().output(), "it has said nothing yet");
    }

    private static UpgradeRecord failed(long id) {
        return new UpgradeRecord(
                id,
                Instant.EPOCH,
                Optional.of(Outcome.ROLLED_BACK),
                (int) id,
                (int) id + 1,
                Map.of(),
                Optional.empty(),
                List.of("said"),
                Optional.empty(),
                List.of("cut"));
    }

    @Test
    void endIsToldOnlyWhenAsked() {
        history.begin(upgrade(1));
        Runnable tell = history.conclude(upgrade(1).succeeds());
        assertFalse(history.end(1).isDone());
        assertEquals(Optional.empty(), history.running());
        tell.run();
        assertTrue(history.end(1).isDone());
        assertEquals(history.find(1), history.last());
    }

    @Test
    void whoeverReadsOfAnEndSeesWhatChangedWithIt() throws Exception {
        history.begin(upgrade(1));
        AtomicBoolean shown = new AtomicBoolean();
        CountDownLatch asks = new CountDownLatch(1);
        FutureTask<Boolean> seen = new FutureTask<>(() -> {
            asks.countDown();
            boolean over = history.find(1).orElseThrow().outcome().isPresent();
            return over && shown.get();
        });
        Thread reader = new Thread(seen);
        history.atOnce(() -> {
            history.conclude(upgrade(1).succeeds()).run();
            reader.start();
            await().until(() -> asks.getCount() == 0 && reader.getState() == Thread.State.BLOCKED);
            shown.set(true);
        });
        assertTrue(seen.get());
    }

    @Test
    void onlyTheLastHundredAreKept() {
        for (int id = 1; id <= 150; id++) {
            history.begin(upgrade(id));
            history.conclude(upgrade(id).succeeds()).run();
        }
        assertEquals(100, history.all().size());
        assertEquals(Optional.empty(), history.find(50));
        assertEquals(51, history.all().get(0).id());
        assertEquals(Map.of(Outcome.UPGRADED, 150L), history.totals().outcomes(), "those that are not kept count too");
        History next = new History(() -> Instant.EPOCH, now::get);
        next.restore(history.all(), history.totals());
        next.begin(upgrade(151));
        next.conclude(upgrade(151).succeeds()).run();
        assertEquals(Map.of(Outcome.UPGRADED, 151L), next.totals().outcomes(), "and those of the supervisor before");
    }
}
