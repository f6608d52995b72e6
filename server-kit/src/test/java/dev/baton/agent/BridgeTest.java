package dev.baton.agent;

import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.File;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BridgeTest {
    @BeforeEach
    void lead() {
        ProgramHooks hooks = new ProgramHooks(Listeners.ofEnvironment(Map.of()), null);
        Bridge.lead(() -> hooks);
    }

    @AfterEach
    void forget() {
        Bridge.lead(null);
    }

    /** As one of a name that the locale cannot encode. File.delete() returns false for it. */
    @Test
    void fileThatCanBeNoPathIsLetBe() throws Exception {
        File file = new File("no\0path");
        assertSame(file, Bridge.deleting(file));
    }
}
