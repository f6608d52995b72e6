package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;

/** Connections that cannot move, ended by the rules of their protocol, seen by clients that are not ours. */
@Timeout(120)
class PoliteEndsTest {
    /** The client of Java 17 fails whatever is in flight at any GOAWAY (JDK-8335181): no server can spare it that. */
    @Test
    @EnabledForJreRange(minVersion = 24)
    void anHttp2ClientSeesNoErrorAcrossUpgrades() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd worker = jetty.start();
            worker.accept();
            AtomicBoolean over = new AtomicBoolean();
            List<Future<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(threads.submit(http2Client(uri("http", jetty, "/"), over)));
            }
            for (int upgrade = 0; upgrade < 4; upgrade++) {
                WorkerEnd previous = worker;
                worker = jetty.upgrade(previous);
                assertEquals(List.of(), previous.next(Message.Drained.class).cut());
            }
            over.set(true);
            for (Future<Integer> client : clients) {
                assertTrue(client.get() > 0);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Callable<Integer> http2Client(URI uri, AtomicBoolean over) {
        return () -> {
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
            int answers = 0;
            while (!over.get()) {
                HttpResponse<String> answer =
                        client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                assertEquals(200, answer.statusCode());
                assertEquals(HttpClient.Version.HTTP_2, answer.version());
                answers++;
            }
            return answers;
        };
    }

    @Test
    void anEventStreamIsEndedCleanlyAtTheDeadline() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            HttpResponse<InputStream> endless = begun(uri("http", jetty, "/endless"));
            List<String> cut = only.drain(Duration.ofMillis(500));
            assertEquals("tick\n", new String(endless.body().readAllBytes(), StandardCharsets.UTF_8));
            assertEquals(1, cut.size());
            assertTrue(cut.get(0).endsWith("in a request"), cut.get(0));
        }
    }

    /** The response, as soon as its head is there; a body that breaks off is an IOException where it is read. */
    private static HttpResponse<InputStream> begun(URI uri) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Half of a file that ends with a last chunk would pass for all of it. */
    @Test
    void aDownloadThatIsNotOverAtTheDeadlineBreaksOff() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            HttpResponse<InputStream> download = begun(uri("http", jetty, "/download"));
            List<String> cut = only.drain(Duration.ofMillis(500));
            assertThrows(IOException.class, () -> download.body().readAllBytes());
            assertEquals(1, cut.size());
        }
    }

    /** Jetty would have it end with the connection, and so whole. */
    @Test
    void aResponseThatItsProgramGivesUpDuringADrainBreaksOff() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient during = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            beginDrain(jetty, only, other);
            String half = during.send(RawClient.get("/half")).readToEnd();
            assertTrue(half.contains("Connection: close\r\n"), half);
            assertTrue(half.endsWith("\r\n\r\nA\r\nhalf of it"), half);
        }
    }

    @Test
    void anUploadGoesOnThoughItWasAnsweredEarly() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient early = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            beginDrain(jetty, only, other);
            early.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfirst");
            assertEquals("thanks\n", early.answer().body());
            await("longer than its client would have to close")
                    .pollDelay(Duration.ofSeconds(3))
                    .until(() -> true);
            early.send(" half");
            await().until(() -> jetty.asked.contains("/early first half"));
            early.halfClose();
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    /** Whose end is that of its connection, so that an orderly close would be one. */
    @Test
    void aDownloadOfHttp10BreaksOffToo() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient before = new RawClient(jetty.address());
                RawClient during = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            assertEquals(
                    200, before.send("GET /download HTTP/1.0\r\n\r\n").answer().status());
            beginDrain(jetty, only, other);
            assertEquals(
                    200, during.send("GET /download HTTP/1.0\r\n\r\n").answer().status());
            assertEquals(2, only.drain(Duration.ZERO).size());
            assertThrows(SocketException.class, before::readToEnd);
            assertThrows(SocketException.class, during::readToEnd);
        }
    }

    /** Its last bytes may still be on their way, and RST would destroy them. */
    @Test
    void aDownloadOfHttp10ThatIsSaidIsNotReset() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                Socket slow = new Socket()) {
            WorkerEnd only = jetty.start();
            only.accept();
            slow.setReceiveBufferSize(4096);
            slow.connect(jetty.address());
            slow.getOutputStream().write("GET /said HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            await().until(() -> jetty.asked.contains("/said sent"));
            assertEquals(1, only.drain(Duration.ofMillis(500)).size());
            String all = new String(slow.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(all.endsWith("half of it" + "\0".repeat(JettyPair.OTHER_HALF)), () -> all.length() + " bytes");
        }
    }

    /** While another stream, whose client does not read, is still being ended. */
    @Test
    void aStreamIsNamedThoughItsProgramClosesItAsSoonAsItHasBeenEnded() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient ticking = new RawClient(jetty.address());
                RawClient unread = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            ticking.send(RawClient.get("/ticking")).answer();
            drainWithAStreamThatCannotEnd(jetty, only, unread, other);
            List<String> cut = only.drain(Duration.ZERO);
            assertEquals(2, cut.size(), cut::toString);
            cut.forEach(line -> assertTrue(line.endsWith("in a request"), cut::toString));
        }
    }

    /** Between the decision that a stream ends and its last chunk its program may write, fail and close the connection. */
    @Test
    void everyStreamIsEndedCleanlyThoughItsProgramIsWriting() throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            List<CompletableFuture<HttpResponse<Void>>> streams = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                HttpRequest request =
                        HttpRequest.newBuilder(uri("http", jetty, "/ticking")).build();
                streams.add(client.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
            }
            await().until(() -> jetty.asked.size() == streams.size());
            assertEquals(streams.size(), only.drain(Duration.ofMillis(500)).size());
            for (CompletableFuture<HttpResponse<Void>> stream : streams) {
                stream.get(); // a stream that breaks off is an IOException
            }
        }
    }

    /** Or it would send its next request there, to a program that has not noticed yet that its response is over. */
    @Test
    void theClientOfAStreamLearnsWithItsEndThatTheConnectionEnds() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient endless = new RawClient(jetty.address());
                RawClient unread = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            endless.send(RawClient.get("/endless")).answer();
            EndPoint its = jetty.endPoint(1, endless.port());
            drainWithAStreamThatCannotEnd(jetty, only, unread, other);
            only.say(new Message.Drain(Duration.ZERO));
            assertTrue(endless.readToEnd().endsWith("\r\n0\r\n\r\n"));
            assertTrue(its.isOpen(), "closed only now, when the other stream was given up");
            assertEquals(2, only.next(Message.Drained.class).cut().size());
        }
    }

    @Test
    void anEventStreamIsEndedCleanlyOnHttp2Too() throws Exception {
        HTTP2Client client = new HTTP2Client();
        client.start();
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            Session session =
                    client.connect(jetty.address(), new Session.Listener() {}).get();
            List<Received> streams = new ArrayList<>();
            for (String path : List.of("/endless", "/ticking", "/ticking")) {
                streams.add(Received.of(session, uri("http", jetty, path)));
            }
            Received download = Received.of(session, uri("http", jetty, "/download"));
            for (Received stream : streams) {
                await().until(() -> stream.text.toString().startsWith("tick\n"));
            }
            await().until(() -> download.text.toString().equals("half of it"));
            assertEquals(1, only.drain(Duration.ofMillis(500)).size());
            for (Received stream : streams) {
                assertEquals("the end", stream.end.get(10, TimeUnit.SECONDS));
            }
            assertNotEquals("the end", download.end.get(10, TimeUnit.SECONDS));
        } finally {
            client.stop();
        }
    }

    /** What has come of the response in a stream, and how it ended. */
    private static final class Received implements Stream.Listener {
        private final StringBuffer text = new StringBuffer();
        private final CompletableFuture<String> end = new CompletableFuture<>();

        static Received of(Session session, URI uri) throws Exception {
            Received received = new Received();
            MetaData.Request request =
                    new MetaData.Request("GET", HttpURI.from(uri), HttpVersion.HTTP_2, HttpFields.EMPTY);
            session.newStream(new HeadersFrame(request, null, true), received).get();
            return received;
        }

        @Override
        public void onHeaders(Stream stream, HeadersFrame frame) {
            stream.demand();
        }

        @Override
        public void onDataAvailable(Stream stream) {
            Stream.Data data = stream.readData();
            if (data != null) {
                text.append(StandardCharsets.UTF_8.decode(data.frame().getByteBuffer()));
                data.release();
                if (data.frame().isEndStream()) {
                    end.complete("the end");
                    return;
                }
            }
            stream.demand();
        }

        @Override
        public void onReset(Stream stream, ResetFrame frame, Callback callback) {
            end.complete("reset " + frame.getError());
            callback.succeeded();
        }

        @Override
        public void onFailure(Stream stream, int error, String reason, Throwable failure, Callback callback) {
            end.complete("failure " + error + " " + reason);
            callback.succeeded();
        }
    }

    private static void drainWithAStreamThatCannotEnd(
            JettyPair jetty, WorkerEnd worker, RawClient unread, RawClient other) throws Exception {
        unread.send(RawClient.get("/wait-and-flood"));
        await().until(() -> jetty.asked.contains("/wait-and-flood"));
        beginDrain(jetty, worker, other);
        jetty.gate.countDown();
        await().until(() -> jetty.asked.contains("/wait-and-flood begun"));
    }

    /**
     * Returns when it has begun, which the other client learns from its answer, and goes. Of all clients it has to have
     * connected last: with its first answer all have been accepted, and none is the next worker's.
     */
    private static void beginDrain(JettyPair jetty, WorkerEnd worker, RawClient other) throws IOException {
        other.ask("/");
        worker.say(new Message.Drain(FakeSupervisor.PATIENCE));
        await("the drain").until(() -> other.ask("/").close());
        other.halfClose();
        await().until(() -> jetty.hasGone(1, other.port()));
    }

    private static URI uri(String scheme, JettyPair jetty, String path) {
        return URI.create(scheme + "://127.0.0.1:" + jetty.address().getPort() + path);
    }
}
