package dev.baton.supervisor.control;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoint over TCP: who may what is a matter of tokens, and of the name by which it is called. */
class TcpControlTest {
    private static final Limits LIMITS =
            new Limits(8 * 1024, 64 * 1024, 128 * 1024, 16, Duration.ofSeconds(60), Duration.ofSeconds(60));

    @TempDir
    Path directory;

    private final FakeSupervision supervision = new FakeSupervision();
    private Path socket;
    private ControlEndpoint endpoint;
    private InetSocketAddress address;
    private String reads;
    private String acts;

    @BeforeEach
    void start() throws IOException {
        start(LIMITS);
    }

    private void start(Limits limits) throws IOException {
        socket = directory.resolve("control.sock");
        endpoint = ControlEndpoint.start(supervision, new EventLog(), socket, Set.of(), limits);
        Token read = Token.kept(directory.resolve("read-token"));
        Token act = Token.kept(directory.resolve("act-token"));
        reads = Files.readString(directory.resolve("read-token")).strip();
        acts = Files.readString(directory.resolve("act-token")).strip();
        address = endpoint.listen(new InetSocketAddress("127.0.0.1", 0), Set.of("Ops.Example.com"), read, act);
    }

    @AfterEach
    void close() throws IOException {
        endpoint.close();
    }

    private String ask(String request, String... headers) throws Exception {
        return exchange(request + " HTTP/1.1\r\nHost: localhost\r\n" + String.join("\r\n", headers)
                + (headers.length > 0 ? "\r\n" : "") + "\r\n");
    }

    private String exchange(String request) throws Exception {
        try (RawClient client = new RawClient(address)) {
            return client.send(request).answer();
        }
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    private static void assertStatus(int status, String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
        if (status >= 400) {
            assertTrue(answer.contains("application/problem+json"), answer);
        }
    }

    @Test
    void withoutATokenNothingIsToldAndNothingDone() throws Exception {
        for (String request :
                List.of("GET /v1/status", "GET /metrics", "GET /none", "POST /", "POST /v1/stop", "OPTIONS /v1/stop")) {
            String answer = ask(request);
            assertStatus(401, answer);
            assertTrue(answer.contains("WWW-Authenticate: Bearer realm=\"baton\"\r\n"), answer);
        }
        for (String wrong : List.of(
                bearer("x"),
                bearer(""),
                bearer(reads + "x"),
                bearer(acts.substring(1)),
                "Authorization: Basic " + acts,
                "Authorization: " + acts,
                bearer(acts) + "\r\n" + bearer(acts))) {
            assertStatus(401, ask("POST /v1/upgrade", wrong));
        }
        assertStatus(401, ask("GET /v1/status?access_token=" + acts));
        assertEquals(List.of(), supervision.requests());
    }

    @Test
    void oneTokenReadsAndTheOtherActsToo() throws Exception {
        assertStatus(200, ask("GET /v1/status", bearer(reads)));
        assertStatus(200, ask("GET /v1/status", "authorization: bearer " + acts));
        String answer = ask("POST /v1/upgrade", bearer(reads), "Content-Length: 0");
        assertStatus(403, answer);
        assertTrue(answer.contains("error=\"insufficient_scope\""), answer);
        assertEquals(List.of(), supervision.requests());
        assertStatus(202, ask("POST /v1/upgrade", bearer(acts), "Content-Length: 0"));
        assertEquals(1, supervision.requests().size());
    }

    @Test
    void dashboardTellsNothingByItselfAndRunsNobodyElsesScript() throws Exception {
        for (String path : Dashboard.PATHS) {
            String answer = ask("GET " + path);
            assertStatus(200, answer);
            assertTrue(answer.contains("Content-Security-Policy: default-src 'none'; script-src 'self'"), answer);
            assertFalse(answer.contains("unsafe"), answer);
            assertFalse(answer.contains("shop"), answer);
            assertTrue(exchange("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                    .startsWith("HTTP/1.1 421 "));
        }
    }

    @Test
    void healthIsToldToLoadBalancersWithoutATokenAndWithoutAHost() throws Exception {
        assertStatus(200, ask("GET /healthz"));
        assertTrue(exchange("GET /healthz HTTP/1.0\r\n\r\n").matches("(?s)HTTP/1.[01] 200 .*"));
        assertStatus(401, ask("POST /healthz"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "127.0.0.1.evil.example",
                "localhost.evil.example:9180",
                "ops.example.com.evil.example",
                "evil.example:80",
                "baton",
                ""
            })
    void otherHostIsAnothersPageInABrowser(String host) throws Exception {
        String answer = exchange("GET /v1/status HTTP/1.1\r\nHost: " + host + "\r\n" + bearer(acts) + "\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 421 ") || host.isEmpty() && answer.startsWith("HTTP/1.1 400 "), answer);
        assertFalse(answer.contains("\"app\""), answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "LOCALHOST:1", "127.0.0.1:9180", "10.0.0.1", "[::1]:9180", "ops.example.com.:1"})
    void hostThatCannotBeMadeToLeadElsewhereOrIsNamedIsOurs(String host) throws Exception {
        assertStatus(200, exchange("GET /v1/status HTTP/1.1\r\nHost: " + host + "\r\n" + bearer(reads) + "\r\n\r\n"));
    }

    @Test
    void targetThatNamesAnotherHostIsNoWayRoundIt() throws Exception {
        String answer = exchange(
                "GET http://evil.example/v1/status HTTP/1.1\r\nHost: localhost\r\n" + bearer(acts) + "\r\n\r\n");
        assertTrue(answer.matches("(?s)HTTP/1.1 4(00|21) .*"), answer);
        assertTrue(exchange("GET /v1/status HTTP/1.0\r\n" + bearer(acts) + "\r\n\r\n")
                .matches("(?s)HTTP/1.[01] 421 .*"));
    }

    @Test
    void noAnswerLetsAnotherOriginRead() throws Exception {
        for (String request : List.of("GET /v1/status", "OPTIONS /v1/upgrade", "GET /healthz", "POST /v1/upgrade")) {
            for (String token : List.of(bearer(acts), "X: y")) {
                String answer =
                        ask(request, token, "Origin: https://evil.example", "Access-Control-Request-Method: POST");
                assertFalse(answer.toLowerCase(Locale.ROOT).contains("access-control-"), answer);
            }
        }
    }

    @Test
    void boundsAreThoseOfTheUnixSocketAndABodyIsShorter() throws Exception {
        assertStatus(431, ask("GET /v1/status", bearer(acts), "X: " + "x".repeat(20_000)));
        assertStatus(413, ask("POST /v1/upgrade", bearer(acts), "Content-Length: 70000"));
        assertStatus(401, ask("POST /v1/upgrade", "Content-Length: 70000"));
    }

    @Test
    void clientThatSaysNothingOrStopsInTheMiddleIsClosed() throws Exception {
        endpoint.close();
        start(new Limits(
                LIMITS.headers(),
                LIMITS.body(),
                LIMITS.command(),
                LIMITS.clients(),
                Duration.ofMillis(900),
                Duration.ofMillis(300)));
        try (RawClient silent = new RawClient(address)) {
            assertEquals("", silent.answer());
        }
        try (RawClient slow = new RawClient(address)) {
            slow.send("POST /v1/upgrade HTTP/1.1\r\nHost: localhost\r\n" + bearer(acts)
                    + "\r\nContent-Length: 9\r\n\r\n{");
            assertFalse(slow.answer().startsWith("HTTP/1.1 2"));
        }
    }

    @Test
    void manyClientsOfOneAddressLeaveRoomForOthersAndAllOfTheUnixSocket() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < LIMITS.clients() / 2; i++) {
            clients.add(new RawClient(address));
        }
        assertStatus(503, exchange(""));
        assertEquals(200, Curl.get(socket, "/v1/status").status());
        for (RawClient client : clients) {
            client.close();
        }
        await().atMost(20, SECONDS).until(() -> ask("GET /healthz").startsWith("HTTP/1.1 200"));
    }

    @Test
    void followersOverTcpLeaveThoseOfTheUnixSocketTheirPlaces() throws Exception {
        List<RawClient> followers = new ArrayList<>();
        try (RawClient unix = new RawClient(socket)) {
            for (int i = 0; i < LIMITS.followers(); i++) {
                RawClient follower = new RawClient(address);
                followers.add(follower);
                follow(follower, bearer(reads) + "\r\n");
            }
            follow(unix, "");
        } finally {
            for (RawClient follower : followers) {
                follower.close();
            }
        }
    }

    private static void follow(RawClient client, String headers) throws Exception {
        client.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
        client.readWhile(text -> {
            assertTrue("HTTP/1.1 200 ".startsWith(text) || text.startsWith("HTTP/1.1 200 "), text);
            return !text.contains("text/event-stream");
        });
    }

    // ---- tokens ----

    @Test
    void tokensAreMadeOnceAndForTheirOwnerAlone() throws Exception {
        assertEquals(43, reads.length());
        assertFalse(reads.equals(acts));
        for (String name : List.of("read-token", "act-token")) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))));
        }
        assertTrue(Token.kept(directory.resolve("read-token")).is(reads), "it is not made anew");
        try (var files = Files.list(directory)) {
            assertEquals(3, files.count(), "nothing else is left");
        }
    }

    @Test
    void tokenFileThatIsNoneOrOpenIsRefused() throws Exception {
        refused("no token file", directory.resolve("none"));
        refused("is no token", file("short"));
        refused("is no token", file("a b c d e f g h i j k l m n"));
        refused("is no token", file("x".repeat(2000)));
        for (String mode : List.of("rw----r--", "rw--w----", "rw-----w-")) {
            Path open = file("0123456789abcdef");
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));
            refused("is open to others: chmod 600", open);
        }
        Path link = Files.createSymbolicLink(directory.resolve("link"), file("0123456789abcdef"));
        assertTrue(Token.read(link).is("0123456789abcdef"));
    }

    private Path file(String text) throws IOException {
        Path file = directory.resolve("given");
        Files.deleteIfExists(file);
        Files.writeString(file, text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        return file;
    }

    private static void refused(String why, Path file) {
        IOException refusal = assertThrows(IOException.class, () -> Token.read(file));
        assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    }
}
