package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class InstalledTest {
    @Test
    void testWithoutItsProgramIsLeftOutAndSaysWhy() {
        Installed.assume("env");
        TestAbortedException aborted =
                assertThrows(TestAbortedException.class, () -> Installed.assume("no-such-program"));
        assertEquals("Assumption failed: there is no /usr/bin/no-such-program here", aborted.getMessage());
    }
}
