package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LifecycleTest {
    private final Lab lab = Lab.serving();
    private final Lifecycle lifecycle = new Lifecycle(Duration.ofHours(1));
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    private final Lifecycle.Stage stage = new Lifecycle.Stage() {
        @Override
        public Hands hands() {
            return lab;
        }

        @Override
        public void entering(Phase phase) {
            // Not asked for here.
        }

        @Override
        public void entered(Phase phase, Event event) {
            // Not asked for here.
        }

        @Override
        public void pulse() {
            // Not asked for here.
        }

        @Override
        public void ended(int exitCode) {
            ended.complete(exitCode);
        }
    };

    /** What became of an order. */
    private static final class Heard implements Answer {
        private final CompletableFuture<Object> answer = new CompletableFuture<>();

        @Override
        public void granted(long upgrade) {
            answer.complete(upgrade);
        }

        @Override
        public void refused(String reason) {
            answer.complete(reason);
        }

        @Override
        public void failed(Throwable bug) {
            answer.complete(bug);
        }
    }

    private Object ask(Heard heard, Event event) throws Exception {
        lifecycle.post(event).get(30, TimeUnit.SECONDS);
        return heard.answer.get(30, TimeUnit.SECONDS);
    }

    @Test
    void orderThatMeetsABugIsNotCalledRefusedAndTheNextOneIsTaken() throws Exception {
        lifecycle.start(Step.to(lab.phase), stage);
        Heard upgrade = new Heard();
        Event bug = new Event.UpgradeRequested(null, null, upgrade);
        assertInstanceOf(NullPointerException.class, ask(upgrade, bug));
        Heard stop = new Heard();
        assertEquals(0L, ask(stop, new Event.StopRequested(stop)));
        lifecycle.post(new Event.Exited(1, Exit.unseen()));
        assertEquals(0, ended.get(30, TimeUnit.SECONDS));
        Heard late = new Heard();
        assertEquals("the supervisor has stopped", ask(late, new Event.UpgradeRequested(null, null, late)));
    }
}
