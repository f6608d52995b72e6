package dev.baton.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class PagesTest {
    private static final String NAME = "v7 gen=0 pid=" + ProcessHandle.current().pid() + "\n";

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private static RunningDemo demo;

    @BeforeAll
    static void start() throws Exception {
        demo = RunningDemo.start(PlainFooting::new, false);
    }

    @AfterAll
    static void stop() throws Exception {
        demo.close();
    }

    private static HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(demo.http(path)).timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body());
    }

    private static byte[] file() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        IntStream.range(0, StaticFile.SIZE / 64).mapToObj(StaticFile::line).forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }

    @Test
    void rootNamesLabelGenerationAndProcess() throws Exception {
        HttpResponse<byte[]> response = get("/");
        assertEquals(200, response.statusCode());
        assertEquals(NAME, text(response));
        assertEquals("text/plain", response.headers().firstValue("Content-Type").orElseThrow());
    }

    @Test
    void answerNamesItsRequest() throws Exception {
        assertEquals(
                "00ff",
                get("/", "X-Request", "00ff").headers().firstValue("X-Request").orElseThrow());
        assertTrue(get("/").headers().firstValue("X-Request").isEmpty());
    }

    @Test
    void healthIsOk() throws Exception {
        HttpResponse<byte[]> response = get("/health");
        assertEquals(200, response.statusCode());
        assertEquals("ok", text(response));
    }

    @Test
    void echoSendsTheBodyBack() throws Exception {
        byte[] body = new byte[3_000_000];
        new Random(1).nextBytes(body);
        HttpRequest known = HttpRequest.newBuilder(demo.http("/echo"))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        assertArrayEquals(body, CLIENT.send(known, BodyHandlers.ofByteArray()).body());
        HttpRequest chunked = HttpRequest.newBuilder(demo.http("/echo"))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                .build();
        assertArrayEquals(body, CLIENT.send(chunked, BodyHandlers.ofByteArray()).body());
    }

    @Test
    void slowAnswersAfterItsTime() throws Exception {
        long start = System.nanoTime();
        assertEquals(NAME, text(get("/slow?ms=300")));
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(300));
    }

    @Test
    void slowRequestsTakeNoThreadEach() throws Exception {
        long start = System.nanoTime();
        List<CompletableFuture<HttpResponse<String>>> answers =
                Stream.generate(PagesTest::slow).limit(200).collect(Collectors.toUnmodifiableList());
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            assertEquals(NAME, answer.get(20, TimeUnit.SECONDS).body());
        }
        // One after the other on the server's few threads they would take ten times that.
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(8));
    }

    private static CompletableFuture<HttpResponse<String>> slow() {
        try {
            return CLIENT.sendAsync(
                    HttpRequest.newBuilder(demo.http("/slow?ms=1000")).build(), BodyHandlers.ofString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void streamSendsItsLines() throws Exception {
        HttpResponse<byte[]> response = get("/stream?lines=5&ms=1");
        String expected = IntStream.rangeClosed(1, 5)
                .mapToObj(i -> NAME.strip() + " line " + i + "\n")
                .collect(Collectors.joining());
        assertEquals(expected, text(response));
        assertEquals("", text(get("/stream?lines=0")));
    }

    @Test
    void streamWithoutPausesIsNoDeepRecursion() throws Exception {
        String text = text(get("/stream?lines=20000&ms=0"));
        assertEquals(20_000, text.lines().count());
    }

    @Test
    void serverSentEventsTickOnFromTheLastOneSeen() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(demo.http("/sse?ms=10"))
                .header("Last-Event-ID", "41")
                .build();
        HttpResponse<Stream<String>> response = CLIENT.send(request, BodyHandlers.ofLines());
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("Content-Type").orElseThrow());
        try (Stream<String> lines = response.body()) {
            String data = "data: " + NAME.strip();
            assertEquals(
                    List.of("id: 42", data, "", "id: 43", data, ""),
                    lines.limit(6).toList());
        }
    }

    @Test
    void fileIsOneMebibyte() throws Exception {
        HttpResponse<byte[]> response = get("/file");
        assertEquals(200, response.statusCode());
        assertEquals("bytes", response.headers().firstValue("Accept-Ranges").orElseThrow());
        assertEquals(1024 * 1024, response.body().length);
        assertArrayEquals(file(), response.body());
    }

    @ParameterizedTest
    @CsvSource({
        "0-0, 0, 1",
        "100-199, 100, 200",
        "1048575-, 1048575, 1048576",
        "1048000-9999999999, 1048000, 1048576",
        "-5, 1048571, 1048576",
        "-9999999999, 0, 1048576",
    })
    void rangeOfTheFile(String range, int from, int to) throws Exception {
        HttpResponse<byte[]> response = get("/file", "Range", "bytes=" + range);
        assertEquals(206, response.statusCode());
        assertEquals(
                "bytes " + from + "-" + (to - 1) + "/1048576",
                response.headers().firstValue("Content-Range").orElseThrow());
        assertArrayEquals(Arrays.copyOfRange(file(), from, to), response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1048576-", "9999999999-", "-0"})
    void rangeBehindTheEndIsNotSatisfiable(String range) throws Exception {
        HttpResponse<byte[]> response = get("/file", "Range", "bytes=" + range);
        assertEquals(416, response.statusCode());
        assertEquals(
                "bytes */1048576",
                response.headers().firstValue("Content-Range").orElseThrow());
        assertEquals(0, response.body().length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bytes=-", "bytes=5-4", "bytes=a-b", "lines=1-2", "bytes=0-0,-1", "bytes=99999999999999999999-"})
    void rangeThatMakesNoSenseIsIgnored(String range) throws Exception {
        HttpResponse<byte[]> response = get("/file", "Range", range);
        assertEquals(200, response.statusCode());
        assertEquals(StaticFile.SIZE, response.body().length);
    }

    @Test
    void rangeOfAnotherFileIsIgnored() throws Exception {
        assertEquals(
                200, get("/file", "Range", "bytes=0-9", "If-Range", "\"other\"").statusCode());
        String tag = get("/file").headers().firstValue("ETag").orElseThrow();
        assertEquals(206, get("/file", "Range", "bytes=0-9", "If-Range", tag).statusCode());
    }

    @Test
    void thousandsOfOverlappingRangesCostNoMoreThanTheFile() throws Exception {
        String ranges =
                IntStream.range(0, 1_300).mapToObj(i -> "5-" + i).collect(Collectors.joining(",", "bytes=0-,", ""));
        for (int i = 0; i < 50; i++) {
            HttpResponse<byte[]> response = get("/file", "Range", ranges);
            assertEquals(200, response.statusCode());
            assertEquals(StaticFile.SIZE, response.body().length);
        }
    }

    @Test
    void webSocketSendsEveryMessageBack() throws Exception {
        Messages messages = new Messages();
        URI uri = URI.create("ws://127.0.0.1:" + demo.address("http").getPort() + "/ws");
        WebSocket socket =
                CLIENT.newWebSocketBuilder().buildAsync(uri, messages).get(10, TimeUnit.SECONDS);
        socket.sendText("hello", true).get(10, TimeUnit.SECONDS);
        assertEquals("hello", messages.text.get(10, TimeUnit.SECONDS));
        socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true).get(10, TimeUnit.SECONDS);
        assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), messages.binary.get(10, TimeUnit.SECONDS));
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "done").get(10, TimeUnit.SECONDS);
        assertEquals(WebSocket.NORMAL_CLOSURE, messages.closed.get(10, TimeUnit.SECONDS));
    }

    private static final class Messages implements WebSocket.Listener {
        private final CompletableFuture<String> text = new CompletableFuture<>();
        private final CompletableFuture<ByteBuffer> binary = new CompletableFuture<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.complete(data.toString());
            return WebSocket.Listener.super.onText(socket, data, last);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            binary.complete(data);
            return WebSocket.Listener.super.onBinary(socket, data, last);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return null;
        }
    }

    @Test
    void webSocketPageAskedForPlainlyAsksForAnUpgrade() throws Exception {
        assertEquals(426, get("/ws").statusCode());
    }

    @Test
    void http2IsSpokenInTheClear() throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpResponse<String> response =
                client.send(HttpRequest.newBuilder(demo.http("/")).build(), BodyHandlers.ofString());
        assertEquals(HttpClient.Version.HTTP_2, response.version());
        assertEquals(NAME, response.body());
        HttpRequest echo = HttpRequest.newBuilder(demo.http("/echo"))
                .POST(BodyPublishers.ofString("over h2c"))
                .build();
        assertEquals("over h2c", client.send(echo, BodyHandlers.ofString()).body());
    }

    @Test
    void pageThatIsNotThereIsNotFound() throws Exception {
        assertEquals(404, get("/nothing").statusCode());
    }

    @Test
    void otherMethodIsNotAllowed() throws Exception {
        HttpResponse<byte[]> response = get("/echo");
        assertEquals(405, response.statusCode());
        assertEquals("POST", response.headers().firstValue("Allow").orElseThrow());
        HttpRequest post = HttpRequest.newBuilder(demo.http("/"))
                .POST(BodyPublishers.ofString("x"))
                .build();
        assertEquals(405, CLIENT.send(post, BodyHandlers.discarding()).statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/slow?ms=600000", "/stream?ms=600000", "/sse"})
    void headOfAPageThatTakesItsTimeIsAnsweredAtOnceAndTheConnectionServesOn(String path) throws Exception {
        String end = " HTTP/1.1\r\nHost: demo\r\n";
        try (Socket socket = new Socket("127.0.0.1", demo.address("http").getPort())) {
            socket.setSoTimeout(20_000);
            String requests = "HEAD " + path + end + "\r\nGET /" + end + "Connection: close\r\n\r\n";
            socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            int second = answers.indexOf("\r\n\r\n") + 4;
            assertTrue(answers.startsWith("HTTP/1.1 200 OK\r\n"), answers);
            assertTrue(answers.startsWith("HTTP/1.1 200 OK\r\n", second), answers);
            assertTrue(answers.endsWith("\r\n\r\n" + NAME), answers);
            assertFalse(answers.contains("\r\nContent-Length: 0\r\n"), answers);
        }
    }

    @Test
    void headOfAPageHasNoBody() throws Exception {
        HttpRequest head = HttpRequest.newBuilder(demo.http("/file"))
                .method("HEAD", BodyPublishers.noBody())
                .build();
        HttpResponse<byte[]> response = CLIENT.send(head, BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode());
        assertEquals("1048576", response.headers().firstValue("Content-Length").orElseThrow());
        assertEquals(0, response.body().length);
    }
}
