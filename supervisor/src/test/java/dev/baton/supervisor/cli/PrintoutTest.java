package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintoutTest {
    private final List<String> writes = new ArrayList<>();
    private final Printout out = new Printout(new OutputStream() {
        @Override
        public void write(int b) {
            writes.add(Character.toString(b));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            writes.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
        }
    });

    /** Or what a worker prints at that moment stands between a line and its end. */
    @Test
    void aLineIsOneWrite() {
        out.println("größe");
        out.println((String) null);
        assertEquals(List.of("größe\n", "null\n"), writes);
    }
}
