package dev.baton.kit.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.kit.Duplex;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CountTest {
    @Test
    void everyByteAndEveryConnectionIsCountedOnce() throws Exception {
        Count count = new Count();
        Duplex first = count.over(new MemoryDuplex("hello"), false);
        Duplex second = count.over(new MemoryDuplex("you"), true);
        assertEquals('h', first.input().read());
        assertEquals("ello", new String(first.input().readAllBytes(), StandardCharsets.US_ASCII));
        assertEquals(-1, first.input().read());
        second.input().readAllBytes();
        first.output().write("a whole line".getBytes(StandardCharsets.US_ASCII));
        second.output().write('!');
        assertEquals(1, count.opened());
        assertEquals(1, count.continued());
        assertEquals(8, count.received());
        assertEquals(13, count.sent());
    }
}
