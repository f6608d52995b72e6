package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who watches over a supervisor hears its own thread, or nobody. */
@Timeout(60)
class PulseTest {
    @TempDir
    private Path directory;

    private final AtomicInteger pulses = new AtomicInteger();
    private final CountDownLatch stuck = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    private final Overseer overseer = new Nobody() {
        @Override
        public Duration pulse() {
            return Duration.ofMillis(10);
        }

        @Override
        public void onPulse(Supplier<Status> status) {
            assertEquals("baton-lifecycle", Thread.currentThread().getName());
            pulses.incrementAndGet();
        }
    };

    private void hang(Transition transition) {
        if (transition.to().equals("stopping")) {
            stuck.countDown();
            try {
                assertTrue(released.await(30, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void aLifecycleThatIsStuckHasNoPulse() throws Exception {
        Settings settings = TestSettings.of(directory.resolve("run"), "http=127.0.0.1:0", "line=127.0.0.1:0")
                .settings();
        try (Supervisor supervisor = Supervisor.start(settings, List.of(this::hang), overseer)) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> supervisor.status().phase().equals("serving"));
            int serving = pulses.get();
            await("it beats where nothing happens").until(() -> pulses.get() > serving + 5);
            CompletableFuture<?> stop = CompletableFuture.runAsync(supervisor::stop); // waits for the decision
            assertTrue(stuck.await(30, TimeUnit.SECONDS));
            int before = pulses.get();
            assertFalse(released.await(overseer.pulse().toMillis() * 20, TimeUnit.MILLISECONDS));
            assertEquals(before, pulses.get(), "nobody speaks for it");
            released.countDown();
            stop.get(30, TimeUnit.SECONDS);
        }
    }
}
