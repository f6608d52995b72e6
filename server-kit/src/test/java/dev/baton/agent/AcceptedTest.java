package dev.baton.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kit.LastAccepts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AcceptedTest {
    private final Accepted accepted = new Accepted();

    /** A thread may have come back from accept(2) with one before the listener was taken away, and not have said so yet. */
    @Test
    void connectionThatIsOnlyJustAcceptedIsNotOverlooked() throws Exception {
        accepted.unplugged();
        long since = System.nanoTime();
        accepted.drain(null);
        assertTrue(accepted.awaitDrained(Duration.ofSeconds(10)));
        Duration waited = Duration.ofNanos(System.nanoTime() - since);
        assertTrue(waited.compareTo(LastAccepts.SETTLED) > 0, waited::toString);
    }

    @Test
    void deadlineComesBeforeThat() throws Exception {
        accepted.unplugged();
        long since = System.nanoTime();
        accepted.drain(null);
        boolean drained = accepted.awaitDrained(Duration.ZERO);
        assertTrue(!drained || System.nanoTime() - since > LastAccepts.SETTLED.toNanos());
    }
}
