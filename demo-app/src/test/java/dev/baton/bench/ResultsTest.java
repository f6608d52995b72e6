package dev.baton.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whether a run may be published. */
class ResultsTest {
    private final Results results = new Results();

    @Test
    void serverThatFailsIsToldAndTheRunIsNotWhole() throws InterruptedException {
        Replacements.measure(new Restarts(), null, results, () -> {
            throw new IOException("baton (pid 7) does not serve:\nmore");
        });
        assertEquals(
                Set.of("One is left out of restarts, for it failed: baton (pid 7) does not serve:"), results.notes());
        assertFalse(results.whole());
    }

    @Test
    void sectionThatFailsInAnyWayLeavesWhatOthersHaveFound() throws InterruptedException {
        Section failing = new Section() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public void measure(Course course, Results into) {
                throw new IllegalStateException("clients did not end");
            }

            @Override
            public String tables(Results from) {
                return "";
            }
        };
        Bench.measured(failing, null, results);
        assertEquals(Set.of("Section failing is not whole, for it failed: clients did not end"), results.notes());
        assertFalse(results.whole());
    }

    @Test
    void whatIsNotInstalledIsToldAndTheRunIsWhole() {
        assertTrue(Installed.find("no-such-program", results).isEmpty());
        assertEquals(Set.of("no-such-program is left out: it is not installed."), results.notes());
        assertTrue(results.whole());
    }

    @Test
    void loadThatCouldNotBeSentMakesTheRunNotWhole() {
        results.add(new Sample("peers", Map.of("server", "any"), Map.of("ownTrouble", 1.0)));
        assertEquals(1, results.notes().size());
        assertFalse(results.whole());
    }
}
