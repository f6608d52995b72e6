package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @Test
    void anIpv4AddressIsTakenAsItIs() throws Exception {
        ListenAddress.Inet inet = inet("127.0.0.1:8080");
        assertEquals(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 8080), inet.address());
        assertFalse(inet.isDualStack());
        assertEquals("127.0.0.1:8080", inet.text());
    }

    @Test
    void anIpv6AddressStandsInBrackets() throws Exception {
        ListenAddress.Inet inet = inet("[::1]:8080");
        assertEquals(new InetSocketAddress(InetAddress.getByName("::1"), 8080), inet.address());
        assertFalse(inet.isDualStack());
    }

    @ParameterizedTest
    @ValueSource(strings = {":8080", "*:8080", "[::]:8080", "[0:0:0:0:0:0:0:0]:8080"})
    void aWildcardTakesBothFamilies(String text) {
        ListenAddress.Inet inet = inet(text);
        assertTrue(inet.address().getAddress().isAnyLocalAddress());
        assertEquals(8080, inet.address().getPort());
        assertTrue(inet.isDualStack());
        assertEquals(28, inet.socketName().remaining(), "sockaddr_in6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:8080", "0:8080"})
    void theIpv4WildcardTakesIpv4Alone(String text) {
        ListenAddress.Inet inet = inet(text);
        assertTrue(inet.address().getAddress().isAnyLocalAddress());
        assertFalse(inet.isDualStack());
        assertEquals(16, inet.socketName().remaining(), "sockaddr_in");
    }

    @Test
    void aNameIsLookedUp() {
        assertTrue(inet("localhost:80").address().getAddress().isLoopbackAddress());
    }

    @Test
    void aLinkLocalAddressKeepsItsInterface() {
        ListenAddress.Inet inet = inet("[fe80::1%7]:80");
        assertEquals(7, ((Inet6Address) inet.address().getAddress()).getScopeId());
        ByteBuffer name = inet.socketName();
        assertEquals(7, name.getInt(24), "sin6_scope_id");
    }

    @Test
    void portZeroLetsTheKernelChoose() {
        assertEquals(0, inet("127.0.0.1:0").address().getPort());
    }

    @Test
    void aUnixSocketHasAnAbsolutePath() {
        ListenAddress.Unix unix =
                assertInstanceOf(ListenAddress.Unix.class, ListenAddress.parse("unix:/run/shop/http.sock"));
        assertEquals(Path.of("/run/shop/http.sock"), unix.path());
        assertFalse(unix.isDualStack());
    }

    @Test
    void theLongestUnixPathIsTaken() {
        String longest = "/" + "x".repeat(106);
        ListenAddress.Unix unix = assertInstanceOf(ListenAddress.Unix.class, ListenAddress.parse("unix:" + longest));
        assertEquals(110, unix.socketName().remaining(), "sockaddr_un");
    }

    @Test
    void aSocketOfSystemdHasAName() {
        ListenAddress.Systemd systemd =
                assertInstanceOf(ListenAddress.Systemd.class, ListenAddress.parse("systemd:shop-http"));
        assertEquals("shop-http", systemd.name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8080                 | it has no port",
                "''                   | it has no port",
                "localhost            | it has no port",
                "127.0.0.1:           | \"\" is not a port",
                "127.0.0.1:http       | \"http\" is not a port",
                "127.0.0.1:-1         | \"-1\" is not a port",
                "127.0.0.1:+1         | \"+1\" is not a port",
                "127.0.0.1:65536      | a port lies between 1 and 65535",
                "127.0.0.1:4294967376 | a port lies between 1 and 65535",
                "::1:8080             | an IPv6 address stands in brackets",
                "[::1:8080            | an IPv6 address stands in brackets",
                "::1]:8080            | an IPv6 address stands in brackets",
                "[::g]:8080           | there is no host \"[::g]\"",
                "[]:8080              | there is no host \"[]\"",
                "256.0.0.1:80         | there is no host \"256.0.0.1\"",
                "unix:                | absolute path",
                "unix:http.sock       | absolute path",
                "unix:run/http.sock   | absolute path",
                "systemd:             | FileDescriptorName="
            })
    void whatIsNoAddressIsRefusedWithWhatWouldBeRight(String text, String because) {
        assertRefused(text, because);
    }

    @Test
    void aUnixPathThatTheKernelCannotTakeIsRefused() {
        assertRefused("unix:/" + "x".repeat(107), "at most 107 bytes");
        assertRefused("unix:/" + "ü".repeat(54), "at most 107 bytes");
        assertRefused("unix:/run/a\0b", "Nul character");
    }

    private static void assertRefused(String text, String because) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(text));
        assertTrue(refused.getMessage().startsWith("not an address: \"" + text + "\": "), refused.getMessage());
        assertTrue(refused.getMessage().contains(because), refused.getMessage());
    }

    private static ListenAddress.Inet inet(String text) {
        return assertInstanceOf(ListenAddress.Inet.class, ListenAddress.parse(text));
    }
}
