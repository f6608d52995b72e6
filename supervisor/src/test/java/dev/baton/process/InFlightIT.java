package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is under way when an upgrade comes ends whole, on the worker that began it. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class InFlightIT {
    private static final int FILE_SIZE = 1024 * 1024;

    @TempDir
    Path holds;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private RunningBaton baton;
    private InetSocketAddress http;

    @BeforeEach
    void start() throws IOException {
        baton = RunningBaton.builder().start();
        http = baton.address("http");
    }

    @AfterEach
    void end() {
        clock.shutdownNow();
        baton.close();
    }

    @Test
    void slowAnswerIsFinishedByTheOldWorkerWhileNewRequestsGoToTheNew() throws Exception {
        try (RawClient slow = RawClient.connect(http)) {
            long upgrade = beginUpgrade();
            slow.send("GET /slow?ms=5000 HTTP/1.1\r\nHost: it\r\n\r\n");
            takeOverWhenInFlight();
            awaitNewWorker();
            assertFalse(slow.hasNews(), "the slow answer was there before the new worker's");
            assertTrue(slow.answer().text().startsWith("v1 gen=1 "));
            assertUpgraded(upgrade);
            slow.send("GET / HTTP/1.1\r\nHost: it\r\n\r\n");
            assertTrue(slow.answer().text().startsWith("v2 gen=2 "), "the connection lives on in the new worker");
        }
    }

    @Test
    void slowUploadIsFinishedByTheOldWorker() throws Exception {
        int pieces = 20;
        String piece = "0123456789abcdef".repeat(8);
        try (RawClient upload = RawClient.connect(http)) {
            long upgrade = beginUpgrade();
            upload.send("POST /echo HTTP/1.1\r\nHost: it\r\nContent-Length: " + pieces * piece.length() + "\r\n\r\n");
            AtomicInteger sent = new AtomicInteger();
            CompletableFuture<Void> allButTheLast = new CompletableFuture<>();
            clock.scheduleAtFixedRate(
                    () -> {
                        if (sent.incrementAndGet() < pieces) {
                            send(upload, piece, allButTheLast);
                        } else {
                            allButTheLast.complete(null);
                        }
                    },
                    0,
                    150,
                    TimeUnit.MILLISECONDS);
            takeOverWhenInFlight();
            awaitNewWorker();
            allButTheLast.get(60, TimeUnit.SECONDS);
            upload.send(piece);
            RawClient.Answer answer = upload.answer();
            assertEquals(piece.repeat(pieces), answer.text());
            assertTrue(answer.server().startsWith("v1 gen=1 "), answer::server);
            assertUpgraded(upgrade);
        }
    }

    private static void send(RawClient upload, String piece, CompletableFuture<Void> failure) {
        try {
            upload.send(piece);
        } catch (IOException e) {
            failure.completeExceptionally(e);
        }
    }

    @Test
    void slowDownloadIsFinishedByTheOldWorker() throws Exception {
        try (RawClient download = RawClient.connect(http)) {
            long upgrade = beginUpgrade();
            download.send("GET /stream?lines=50&ms=100 HTTP/1.1\r\nHost: it\r\n\r\n");
            takeOverWhenInFlight();
            awaitNewWorker();
            List<String> lines = download.answer().text().lines().toList();
            assertEquals(50, lines.size());
            for (int i = 0; i < lines.size(); i++) {
                assertTrue(lines.get(i).matches("v1 gen=1 pid=\\d+ line " + (i + 1)), lines.get(i));
            }
            assertUpgraded(upgrade);
        }
    }

    /** Several files asked for at once are more than the kernel takes from a worker whose client does not read. */
    @Test
    void readerThatStopsDuringAnUpgradeAndGoesOnAfterItGetsEveryFileWhole() throws Exception {
        int files = 12;
        byte[] whole = RawClient.get(http, "/file").body();
        assertEquals(FILE_SIZE, whole.length);
        try (RawClient reader = RawClient.connect(http, 16 * 1024)) {
            long upgrade = beginUpgrade();
            reader.send("GET /file HTTP/1.1\r\nHost: it\r\n\r\n".repeat(files));
            RawClient.Answer first = reader.answer();
            assertTrue(first.server().startsWith("v1 gen=1 "), first::server);
            assertArrayEquals(whole, first.body());
            takeOverWhenInFlight();
            awaitNewWorker();
            // The new worker may have answered before its supervisor has heard that it accepts.
            await("the old worker still owes files")
                    .atMost(RunningBaton.PATIENCE)
                    .until(() -> upgrade(upgrade).text("phase").equals("draining"));
            for (int i = 1; i < files; i++) {
                assertArrayEquals(whole, reader.answer().body(), "file " + i);
            }
            assertUpgraded(upgrade);
        }
    }

    @Test
    void lineThatIsHalfSentIsAnsweredWholeAndOnceByTheNewWorker() throws Exception {
        try (RawClient client = RawClient.connect(baton.address("line"))) {
            client.send("one\ntw");
            assertEquals("v1 gen=1: one", client.line());
            long upgrade = beginUpgrade();
            takeOver();
            assertUpgraded(upgrade);
            client.send("o\nthree\n");
            assertEquals("v2 gen=2: two", client.line());
            assertEquals("v2 gen=2: three", client.line());
            assertFalse(client.hasNews());
        }
    }

    /** Begins, and returns when the candidate would take over, and waits for {@link #takeOver}. */
    private long beginUpgrade() throws IOException {
        Files.createFile(hold());
        JsonObject begun = baton.beginUpgrade(HoldingDemo.command(holds, "v2")).json();
        baton.awaitLine(".*stage=accepting.*");
        return begun.number("id");
    }

    private Path hold() {
        return HoldingDemo.hold(holds, "accept", 2);
    }

    private void takeOverWhenInFlight() throws IOException {
        await("the request has come to the old worker")
                .atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> baton.isBusy(1));
        takeOver();
    }

    private void takeOver() throws IOException {
        Files.delete(hold());
    }

    private void awaitNewWorker() {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> RawClient.get(http, "/").text().startsWith("v2 gen=2 "));
    }

    private JsonObject upgrade(long id) throws IOException {
        return baton.control().get("/v1/upgrades/" + id).json();
    }

    private void assertUpgraded(long id) throws IOException {
        JsonObject over = await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> upgrade(id), upgrade -> upgrade.has("outcome"));
        assertEquals("upgraded", over.text("outcome"), over::toString);
        assertEquals(List.of(), over.texts("cut"), over::toString);
    }
}
