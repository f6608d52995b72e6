package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenerSpecTest {
    @Test
    void aListenerIsWrittenAsNameAndAddress() {
        ListenerSpec spec = ListenerSpec.parse("http=0.0.0.0:8080");
        assertEquals("http", spec.name());
        assertEquals(ListenAddress.parse("0.0.0.0:8080"), spec.address());
        assertEquals("http=0.0.0.0:8080", spec.toString());
    }

    @Test
    void theBacklogIsNeverTheOneOfTheJdk() {
        assertEquals(4096, ListenerSpec.parse("http=:80").backlog());
    }

    @Test
    void onlyTheFirstEqualsSignSeparates() {
        ListenerSpec spec = ListenerSpec.parse("http=unix:/run/a=b.sock");
        assertEquals("unix:/run/a=b.sock", spec.address().text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "http", "http2", "a-b-c", "x0-"})
    void aNameIsOfSmallLettersDigitsAndHyphens(String name) {
        assertEquals(name, ListenerSpec.parse(name + "=:80").name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP", "2http", "-http", "ht tp", "http_1", "http.1", "höttp", "http\n", "a/../b"})
    void anyOtherNameIsRefused(String name) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> ListenerSpec.parse(name + "=:80"));
        assertTrue(refused.getMessage().contains("not a listener's name: \"" + name + "\""), refused.getMessage());
    }

    @Test
    void anAddressWithoutANameIsRefusedWithAnExample() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> ListenerSpec.parse("0.0.0.0:8080"));
        assertTrue(refused.getMessage().contains("write NAME=ADDRESS"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aBacklogIsAtLeastOne(int backlog) {
        ListenAddress address = ListenAddress.parse(":80");
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new ListenerSpec("http", address, backlog));
        assertTrue(refused.getMessage().contains("listener http"), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ":8080          | 0.0.0.0     | 8080 | true",
                ":8080          | 127.0.0.1   | 8080 | true",
                ":8080          | ::1         | 8080 | true",
                ":8080          | 127.0.0.1   | 8081 | false",
                "127.0.0.1:8080 | 127.0.0.1   | 8080 | true",
                "127.0.0.1:8080 | 0.0.0.0     | 8080 | true",
                "127.0.0.1:8080 | ::          | 8080 | true",
                "127.0.0.1:8080 | 127.0.0.2   | 8080 | false",
                "[::1]:8080     | ::1         | 8080 | true",
                "[::1]:8080     | 127.0.0.1   | 8080 | false"
            })
    void aProgramMeansAListenerByPortAndCompatibleAddress(String listener, String host, int port, boolean covers) {
        assertEquals(covers, ListenerSpec.parse("http=" + listener).covers(new InetSocketAddress(host, port)));
    }

    @Test
    void aListenerWithoutAPortIsNeverMeantByOne() {
        assertFalse(ListenerSpec.parse("http=unix:/run/http.sock").covers(new InetSocketAddress("127.0.0.1", 80)));
        assertFalse(ListenerSpec.parse("http=systemd:http").covers(new InetSocketAddress("127.0.0.1", 80)));
    }
}
