package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Counts;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients that make it hard to leave: they cost the drain its time and nobody else anything. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HardClientsIT {
    private static final Duration PATIENCE = RunningBaton.PATIENCE;

    @TempDir
    Path directory;

    private List<String> demo(String label, String... more) {
        List<String> words = new ArrayList<>(
                List.of("--key-store", directory.resolve("demo.p12").toString()));
        words.addAll(List.of(more));
        return Places.demo(label, words.toArray(String[]::new));
    }

    private RunningBaton start(Duration drain) throws IOException {
        return RunningBaton.builder()
                .listen("http", "127.0.0.1:0")
                .listen("https", "127.0.0.1:0")
                .listen("line", "127.0.0.1:0")
                .flag("--drain", drain.toSeconds() + "s")
                .command(demo("v1", "--count-lines"))
                .start();
    }

    @Test
    void theDrainEndsByItsDeadlineWhoeverHoldsItUpAndTheOthersNoticeNothing() throws Exception {
        Duration drain = Duration.ofSeconds(8);
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = start(drain)) {
            List<LoadRun> others = others(baton, 8);
            try {
                InetSocketAddress http = baton.address("http");
                KeptConnection neverReads = add(clients, KeptConnection.withSmallWindowTo(http));
                for (int i = 0; i < 16; i++) {
                    neverReads.get("/file", "");
                }
                KeptConnection stopsSending = add(clients, KeptConnection.to(http));
                KeptConnection stopsSendingOverTls = add(clients, tls(baton));
                for (KeptConnection client : List.of(stopsSending, stopsSendingOverTls)) {
                    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nten bytes.");
                }
                KeptConnection silentOverTls = add(clients, tls(baton));
                assertEquals(200, silentOverTls.ask("/").status());
                KeptConnection noHandshake = add(clients, KeptConnection.to(baton.address("https")));
                // From here on, those that do not hold it up.
                KeptConnection slowReader = add(clients, KeptConnection.withSmallWindowTo(http));
                slowReader.get("/file", "");
                KeptConnection halfClosed = add(clients, KeptConnection.to(http));
                halfClosed.get("/slow?ms=2500", "").halfClose();
                KeptConnection halfAHead = add(clients, KeptConnection.to(http));
                halfAHead.send("GET / HTTP/1.1\r\nHo");
                KeptConnection silent = add(clients, KeptConnection.to(http));
                KeptConnection silentLine = add(clients, KeptConnection.to(baton.address("line")));
                KeptConnection garbage = add(clients, garbage(http));
                KeptConnection garbageOverTls = add(clients, garbage(baton.address("https")));
                assertEquals(400, garbage.answer().status());

                ControlClient.Reply begun = baton.beginUpgrade(demo("v2", "--count-lines"));
                assertEquals(202, begun.status(), begun.body());
                CompletableFuture<KeptConnection.Answer> file = slowly(slowReader);
                JsonObject upgrade = awaitEnd(baton, begun.json().number("id"));
                assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                List<String> cut = upgrade.texts("cut");
                System.out.println(upgrade.object("phases") + "\n  " + String.join("\n  ", cut));
                isNamed(cut, "http", neverReads, "in a request");
                isNamed(cut, "http", stopsSending, "in a request");
                isNamed(cut, "https", stopsSendingOverTls, "in a request");
                isNamed(cut, "https", silentOverTls, "waiting for its client");
                isNamed(cut, "https", noHandshake, "waiting for its client");
                assertEquals(5, cut.size(), cut.toString());
                long draining = upgrade.object("phases").number("draining");
                assertTrue(draining < drain.toMillis() + 4_000, "the drain took " + draining + " ms");

                assertEquals(1024 * 1024, file.get(30, TimeUnit.SECONDS).body().length, "slow, and in time");
                assertEquals(1, halfClosed.answer().generation());
                assertTrue(halfClosed.isAtEnd());
                assertEquals(2, halfAHead.send("st: x\r\n\r\n").answer().generation());
                assertEquals(2, silent.ask("/").generation());
                assertEquals(
                        "v2 gen=2 line=1: hello", silentLine.send("hello\n").line());
                assertTrue(ends(garbageOverTls), "told so, or not, but ended");
            } finally {
                others.forEach(LoadRun::close);
            }
            others.forEach(run -> noticedNothing(run.snapshot()));
        } finally {
            for (KeptConnection client : clients) {
                client.close();
            }
        }
    }

    @Test
    void idleTlsConnectionsAreAnsweredOnceMoreAndToldToCloseAndWebSocketsAreToldToComeBack() throws Exception {
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = start(Duration.ofSeconds(40))) {
            for (int i = 0; i < 5; i++) {
                KeptConnection client = add(clients, tls(baton));
                assertFalse(client.ask("/").isLast());
            }
            CompletableFuture<Integer> closed = new CompletableFuture<>();
            WebSocket socket = webSocket(baton, closed);
            ControlClient.Reply begun = baton.beginUpgrade(demo("v2", "--count-lines"));
            assertEquals(202, begun.status(), begun.body());
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> baton.status().text("phase"), "draining"::equals);
            assertEquals(1012, closed.get(30, TimeUnit.SECONDS));
            assertTrue(socket.isInputClosed());
            for (KeptConnection client : clients) {
                KeptConnection.Answer answer = client.ask("/");
                assertEquals(200, answer.status());
                assertEquals(1, answer.generation());
                assertTrue(answer.isLast(), "told to close");
                assertTrue(client.isAtEnd());
            }
            JsonObject upgrade = awaitEnd(baton, begun.json().number("id"));
            assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
            assertEquals(List.of(), upgrade.texts("cut"));
            try (KeptConnection again = tls(baton)) {
                assertEquals(2, again.ask("/").generation());
            }
        } finally {
            for (KeptConnection client : clients) {
                client.close();
            }
        }
    }

    @Test
    void thirteenHundredRangesAtOnceCostNoMoreThanTheFile() throws Exception {
        String range = "Range: bytes=0-,"
                + IntStream.range(5, 1305).mapToObj(i -> "5-" + i).collect(Collectors.joining(",")) + "\r\n";
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = start(Duration.ofSeconds(20))) {
            List<LoadRun> others = others(baton, 8);
            try {
                for (int i = 0; i < 32; i++) {
                    add(clients, KeptConnection.to(baton.address("http")));
                }
                for (int round = 0; round < 4; round++) {
                    for (KeptConnection client : clients) {
                        client.get("/file", range);
                    }
                    for (KeptConnection client : clients) {
                        KeptConnection.Answer answer = client.answer();
                        boolean whole = answer.status() == 200 && answer.body().length == 1024 * 1024;
                        assertTrue(whole || answer.status() == 416, () -> answer.status() + " " + answer.headers());
                    }
                    if (round == 1) {
                        assertEquals(
                                "upgraded",
                                baton.upgrade(demo("v2", "--count-lines"))
                                        .json()
                                        .text("outcome"));
                    }
                }
            } finally {
                others.forEach(LoadRun::close);
            }
            others.forEach(run -> noticedNothing(run.snapshot()));
        } finally {
            for (KeptConnection client : clients) {
                client.close();
            }
        }
    }

    // ---- clients ----

    private static KeptConnection add(List<KeptConnection> clients, KeptConnection client) {
        clients.add(client);
        return client;
    }

    private static KeptConnection tls(RunningBaton baton) throws Exception {
        InetSocketAddress address = baton.address("https");
        SSLSocket socket = (SSLSocket)
                Libraries.trusting().getSocketFactory().createSocket(address.getAddress(), address.getPort());
        return new KeptConnection(socket);
    }

    private static KeptConnection garbage(InetSocketAddress address) throws IOException {
        byte[] bytes = new byte[300];
        new Random(1).nextBytes(bytes);
        bytes[0] = 1; // neither a method nor a TLS record
        return KeptConnection.to(address)
                .send(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1) + "\r\n\r\n");
    }

    private static boolean ends(KeptConnection client) {
        try {
            while (client.read() >= 0) {
                // an alert
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }

    /** Reads on while the upgrade runs: it takes its time, and less of it than the drain has. */
    private static CompletableFuture<KeptConnection.Answer> slowly(KeptConnection client) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return client.answerSlowly(Duration.ofMillis(2));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static WebSocket webSocket(RunningBaton baton, CompletableFuture<Integer> closed) throws Exception {
        URI uri = URI.create("wss://localhost:" + baton.address("https").getPort() + "/ws");
        WebSocket.Listener listener = new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(code);
                return null;
            }
        };
        return HttpClient.newBuilder()
                .sslContext(Libraries.trusting())
                .build()
                .newWebSocketBuilder()
                .buildAsync(uri, listener)
                .get(30, TimeUnit.SECONDS);
    }

    // ---- what others see ----

    private static List<LoadRun> others(RunningBaton baton, int connections) throws IOException {
        InetSocketAddress http = baton.address("http");
        List<LoadRun> runs = List.of(
                Load.start(LoadPlan.of(Mode.KEEPALIVE, http)
                        .withConnections(connections)
                        .withAtMost(200)),
                Load.start(LoadPlan.of(Mode.POST, http)
                        .withConnections(connections)
                        .withAtMost(100)),
                Load.start(LoadPlan.of(Mode.LINE, baton.address("line"))
                        .withConnections(connections)
                        .withAtMost(100)));
        await().atMost(PATIENCE)
                .until(() -> runs.stream().allMatch(run -> run.counts().ok() > connections));
        return runs;
    }

    private static void noticedNothing(LoadReport report) {
        Counts counts = report.counts();
        String seen = report.plan().mode() + ": " + counts + " " + report.failures();
        assertTrue(counts.clean(), seen);
        assertEquals(0, counts.reconnects(), seen);
    }

    private static JsonObject awaitEnd(RunningBaton baton, long id) {
        return await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> baton.control().get("/v1/upgrades/" + id).json(),
                        upgrade -> upgrade.optionalText("outcome").isPresent());
    }

    private static void isNamed(List<String> cut, String listener, KeptConnection client, String doing) {
        String beginning = listener + " /127.0.0.1:" + client.port() + " ";
        assertTrue(
                cut.stream().anyMatch(line -> line.startsWith(beginning) && line.endsWith(doing)),
                () -> beginning + "… " + doing + " is not among " + cut);
    }
}
