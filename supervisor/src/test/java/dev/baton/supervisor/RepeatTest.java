package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class RepeatTest {
    private final Deque<Runnable> armed = new ArrayDeque<>();
    private int done;
    private boolean succeeds;
    private final Repeat repeat = new Repeat(armed::add, this::attempt);

    private void attempt() {
        done++;
        if (!succeeds) {
            repeat();
        }
    }

    private void repeat() {
        for (int i = 0; i < 3; i++) {
            repeat.ask();
        }
    }

    @Test
    void whatFailsIsDoneAgainOnceHoweverOftenItIsAskedFor() {
        repeat();
        for (int attempt = 1; attempt <= 10; attempt++) {
            assertEquals(1, armed.size());
            armed.remove().run();
            assertEquals(attempt, done);
        }
        succeeds = true;
        armed.remove().run();
        assertEquals(0, armed.size());
        repeat();
        assertEquals(1, armed.size(), "and later again");
    }
}
