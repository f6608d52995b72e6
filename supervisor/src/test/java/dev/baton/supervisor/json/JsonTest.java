package dev.baton.supervisor.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void whatWouldActOnATerminalIsEscapedAndReadAgain() {
        Map<String, String> value = Map.of("a", "\u001b[31m \u0080 \u009b31m \u009f \u00a0 é ✓");
        String json = Json.write(value);
        assertEquals("{\"a\":\"\\u001B[31m \\u0080 \\u009B31m \\u009F \u00a0 é ✓\"}", json);
        assertEquals(value, Json.read(json));
    }
}
