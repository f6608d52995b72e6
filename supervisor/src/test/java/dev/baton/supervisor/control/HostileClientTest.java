package dev.baton.supervisor.control;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a client does, the next good request is answered. */
class HostileClientTest {
    private static final int NOBODY = 65534;
    private static final Limits PATIENT =
            new Limits(8 * 1024, 64 * 1024, 128 * 1024, 16, Duration.ofSeconds(60), Duration.ofSeconds(60));
    /** Which a busy machine may exceed: for tests of what becomes of who does. */
    private static final Limits HURRIED = hurried(Duration.ofMillis(300));

    @TempDir
    Path directory;

    private final FakeSupervision supervision = new FakeSupervision();
    private Path socket;
    private ControlEndpoint endpoint;

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("control.sock");
        endpoint = ControlEndpoint.start(supervision, new EventLog(), socket, Set.of(), PATIENT);
    }

    private static Limits hurried(Duration idle) {
        return new Limits(
                PATIENT.headers(), PATIENT.body(), PATIENT.command(), PATIENT.clients(), Duration.ofMillis(900), idle);
    }

    private void startAgain(Limits limits, Integer... allowed) throws IOException {
        endpoint.close();
        endpoint = ControlEndpoint.start(supervision, new EventLog(), socket, Set.of(allowed), limits);
    }

    @AfterEach
    void close() throws IOException {
        endpoint.close();
    }

    private void assertStillAnswers() throws Exception {
        assertEquals(200, Curl.get(socket, "/v1/status").status());
        assertEquals(List.of(), supervision.requests());
    }

    private String exchange(String request) throws Exception {
        try (RawClient client = new RawClient(socket)) {
            return client.send(request).answer();
        }
    }

    @Test
    void garbageIsABadRequest() throws Exception {
        for (String garbage : List.of(
                "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n",
                "hello\r\n\r\n",
                "GET /v1/status\r\n\r\n",
                "GET  HTTP/9.9\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /v1/status?%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /v1/../../etc HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /v1/status HTTP/1.1\r\n\r\n",
                "POST /v1/upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "POST /v1/upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
                "POST /v1/upgrade HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) {
            String answer = exchange(garbage);
            assertBlamesTheClient(answer, garbage);
            assertTrue(answer.contains("application/problem+json"), garbage + " → " + answer);
        }
        assertStillAnswers();
    }

    /** 505, too, is about what the client has sent: RFC 9110, 15.6.6. */
    private static void assertBlamesTheClient(String answer, String sent) {
        assertTrue(answer.matches("(?s)HTTP/1.1 (4|505).*"), sent + " → " + answer);
    }

    @Test
    void randomBytesHarmNothing() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int answered = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bytes = new byte[random.nextInt(2_000)];
            random.nextBytes(bytes);
            try (RawClient client = new RawClient(socket)) {
                String answer = client.send(bytes).sendNoMore().answer();
                if (!answer.isEmpty()) { // which it is where it was closed with something unread
                    assertBlamesTheClient(answer, "seed " + seed);
                    answered++;
                }
            }
        }
        System.out.println(answered + " of 300 answered");
        assertTrue(answered > 150, answered + " of 300 were answered, seed " + seed);
        assertStillAnswers();
    }

    @Test
    void overLongHeadersAreRefused() throws Exception {
        String answer = exchange("GET /v1/status HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 431"), answer);
        assertTrue(exchange("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 414"));
        assertStillAnswers();
    }

    @Test
    void overLongBodyIsRefused() throws Exception {
        Path body = Files.writeString(directory.resolve("body"), "x".repeat(140_000));
        Curl.Result announced = Curl.post(socket, "/v1/upgrade", "@" + body);
        assertEquals(413, announced.status());
        assertTrue(announced.body().contains("at most 131072 bytes"), announced.body());
        Curl.Result chunked = Curl.post(socket, "/v1/upgrade", "@" + body, "-H", "Transfer-Encoding: chunked");
        assertEquals(413, chunked.status());
        assertStillAnswers();
    }

    @Test
    void bodyOfMegabytesIsNotTakenIn() throws Exception {
        Path body = Files.write(directory.resolve("body"), new byte[50_000_000]);
        assertEquals(413, Curl.post(socket, "/v1/upgrade", "@" + body).status());
        assertStillAnswers();
    }

    @Test
    void bodyThatOnlyLooksEmptyIsABadRequest() throws Exception {
        assertEquals(400, Curl.post(socket, "/v1/upgrade", "\u001c").status());
        assertStillAnswers();
    }

    @Test
    void bodyThatIsNotUtf8IsABadRequest() throws Exception {
        Path body = Files.write(directory.resolve("body"), new byte[] {'{', '"', (byte) 0xff, '"', '}'});
        assertEquals(400, Curl.post(socket, "/v1/upgrade", "@" + body).status());
        assertStillAnswers();
    }

    @Test
    void clientThatSaysNothingIsClosed() throws Exception {
        startAgain(HURRIED);
        for (String nothing : List.of("", "\r\n\r\n")) {
            assertEquals("", exchange(nothing));
        }
        assertStillAnswers();
    }

    @Test
    void clientThatStopsInTheMiddleIsClosed() throws Exception {
        startAgain(HURRIED);
        try (RawClient head = new RawClient(socket);
                RawClient body = new RawClient(socket)) {
            head.send("GET /v1/sta");
            body.send("POST /v1/upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
            head.answer();
            body.answer();
        }
        assertStillAnswers();
    }

    @Test
    void clientThatDripsIsClosedAlthoughItIsNeverIdle() throws Exception {
        startAgain(hurried(PATIENT.idle()));
        long began = System.nanoTime();
        try (RawClient client = new RawClient(socket)) {
            client.send("GET /v1/status HTTP/1.1\r\nHost: a\r\n");
            await().pollInterval(Duration.ofMillis(50)).atMost(10, SECONDS).until(() -> !takes(client, "X: y\r\n"));
        }
        assertTrue(Duration.ofNanos(System.nanoTime() - began).compareTo(HURRIED.arrival()) >= 0);
        assertStillAnswers();
    }

    private static boolean takes(RawClient client, String text) {
        try {
            client.mustTake(text);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void waitOutlivesTheIdleTimeout() throws Exception {
        startAgain(HURRIED);
        Duration wait = HURRIED.arrival().plus(HURRIED.idle()).multipliedBy(2);
        Curl.Result result = Curl.post(socket, "/v1/upgrade?wait=" + wait.toMillis() + "ms", "");
        assertEquals(202, result.status());
    }

    @Test
    void slowClientsHoldNoThreads() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        for (int i = 0; i < PATIENT.clients() - 1; i++) {
            slow.add(new RawClient(socket).send("POST /v1/upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"));
        }
        assertStillAnswers();
        for (RawClient client : slow) {
            client.close();
        }
    }

    @Test
    void oneClientTooManyIsTurnedAwayWithWords() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < PATIENT.clients(); i++) {
            clients.add(new RawClient(socket));
        }
        String answer = exchange("");
        assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
        assertTrue(answer.contains("\"title\":\"Too many clients\""), answer);
        for (RawClient client : clients) {
            client.close();
        }
        await().atMost(20, SECONDS).until(() -> Curl.get(socket, "/v1/status").status() == 200);
    }

    @Test
    void otherUserIsClosedWithoutAWord() throws Exception {
        openForEveryone();
        Curl.Result stranger = Curl.getAs(NOBODY, socket, "/v1/status");
        assertEquals(0, stranger.status());
        assertEquals("", stranger.body());
        // 52: the server has sent nothing. 56: it was gone before curl had read; 7: before curl had looked.
        assertTrue(List.of(7, 52, 56).contains(stranger.exit()), "curl says " + stranger.exit());
        assertStillAnswers();
    }

    @Test
    void otherUserWhoIsAllowedIsAnswered() throws Exception {
        Assumptions.assumeTrue(isRoot(), "only root can become another user");
        startAgain(PATIENT, NOBODY);
        openForEveryone();
        assertEquals(0, Curl.getAs(NOBODY - 1, socket, "/v1/status").status());
        assertFalse(endpoint.isUp(), "a stranger has made the server come up");
        assertEquals(200, Curl.getAs(NOBODY, socket, "/v1/status").status());
    }

    @Test
    void usersWhoAreOnlyAllowedLeaveRoomForTheOwner() throws Exception {
        Assumptions.assumeTrue(isRoot(), "only root can become another user");
        startAgain(PATIENT, NOBODY);
        openForEveryone();
        List<Process> greedy = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                // Waits for the outcome of an upgrade that does not end, and keeps its place meanwhile.
                greedy.add(Curl.begin(NOBODY, socket, "/v1/upgrade?wait=60s"));
            }
            await().atMost(20, SECONDS)
                    .until(() -> greedy.stream().filter(Process::isAlive).count() == 8);
            assertEquals(200, Curl.get(socket, "/v1/status").status());
        } finally {
            supervision.ends(FakeSupervision.upgraded(1));
            greedy.forEach(Process::destroyForcibly);
        }
    }

    private void openForEveryone() throws IOException {
        Assumptions.assumeTrue(isRoot(), "only root can become another user");
        // What the modes keep out is let in, so that the peer's credentials are all that is left.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    @Test
    void nothingLeaksAfterAThousandBadClients() throws Exception {
        long before = descriptors();
        for (int i = 0; i < 1_000; i++) {
            try (RawClient client = new RawClient(socket)) {
                client.send(i % 2 == 0 ? "GET /v1/sta" : "nonsense\r\n\r\n");
            }
        }
        await().atMost(10, SECONDS).until(() -> descriptors() <= before + 2);
        assertStillAnswers();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
