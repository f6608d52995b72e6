package dev.baton.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One question over TCP, to servers that answer as they like. Over unix sockets the command line's tests ask. */
@Timeout(30)
class HttpQuestionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LONGEST = 1024;

    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private record Heard(String request, Socket connection) {}

    /** Answers the first question with that, and closes or does not. */
    private CompletableFuture<Heard> answering(String answer, boolean closing) {
        CompletableFuture<Heard> heard = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                Socket connection = server.accept();
                StringBuilder request = new StringBuilder();
                while (request.indexOf("\r\n\r\n") < 0) {
                    request.append((char) connection.getInputStream().read());
                }
                connection.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                if (closing) {
                    connection.close();
                }
                heard.complete(new Heard(request.toString(), connection));
            } catch (IOException e) {
                heard.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return heard;
    }

    private HttpQuestion question(Duration atMost) {
        return new HttpQuestion(server.getLocalSocketAddress(), atMost, LONGEST);
    }

    private HttpQuestion.Answer ask() throws IOException {
        return question(PATIENCE).ask("GET", "/health", "");
    }

    @Test
    void answerOfAServerThatClosesIsAllThatCame() throws Exception {
        CompletableFuture<Heard> heard = answering("HTTP/1.1 503 Busy\r\nServer: x\r\n\r\nwarming up", true);
        assertEquals(new HttpQuestion.Answer(503, "warming up", true), ask());
        String request = heard.get(20, TimeUnit.SECONDS).request();
        assertEquals(
                "GET /health HTTP/1.1\r\nHost: localhost:" + server.getLocalPort() + "\r\nConnection: close\r\n\r\n",
                request);
    }

    @Test
    void serverThatKeepsTheConnectionIsHeardUpToItsContentLength() throws Exception {
        CompletableFuture<Heard> heard = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more", false);
        HttpQuestion.Answer answer = ask();
        assertEquals(200, answer.status());
        assertTrue(answer.body().startsWith("ok"));
        heard.get(20, TimeUnit.SECONDS).connection().close();
    }

    @Test
    void redirectIsAnAnswerAndNotFollowed() throws Exception {
        answering("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", false);
        assertEquals(302, ask().status());
    }

    /** From a server that keeps the connection, though it was told not to. */
    @Test
    void answerInChunksIsPutTogetherAndHeardToTheLast() throws Exception {
        String head = "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n";
        answering(head + "8;x=1\r\nwarming \r\n2\r\nup\r\n0\r\n\r\n", false);
        assertEquals(new HttpQuestion.Answer(503, "warming up", true), ask());
        answering(head + "0\r\n\r\n", false);
        assertEquals(new HttpQuestion.Answer(503, "", true), ask());
    }

    @Test
    void answerWhoseLastChunkIsMissingIsNotWhole() throws Exception {
        answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nwarm", true);
        assertEquals(new HttpQuestion.Answer(200, "warm", false), ask());
    }

    @Test
    void interimAnswersAreNone() throws Exception {
        answering("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
        assertEquals(new HttpQuestion.Answer(200, "ok", true), ask());
    }

    @Test
    void answerThatIsTooLongIsCut() throws Exception {
        answering("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1_000_000), false);
        HttpQuestion.Answer answer = ask();
        assertEquals(200, answer.status());
        assertFalse(answer.whole());
        assertTrue(answer.body().length() < 64 * 1024, () -> answer.body().length() + " bytes were kept");
    }

    @Test
    void answerThatIsCutOffIsNotWhole() throws Exception {
        answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok", true);
        assertFalse(ask().whole());
    }

    @Test
    void silenceAndHalfAnAnswerHaveTheirTime() {
        assertThrows(
                SocketTimeoutException.class,
                () -> question(Duration.ofMillis(100)).ask("GET", "/", ""));
        CompletableFuture<Heard> heard = answering("HTTP/1.1 200 OK\r\n", false);
        // The connection that nobody answered is the first in the queue.
        assertThrows(
                SocketTimeoutException.class,
                () -> question(Duration.ofMillis(300)).ask("GET", "/", ""));
        assertFalse(heard.isCompletedExceptionally());
    }

    @Test
    void whatIsNoHttpAndWhatIsNothingAreToldApart() {
        answering("SSH-2.0-OpenSSH_9.2\r\n\r\n", true);
        assertThrows(ProtocolException.class, this::ask);
        answering("", true);
        assertThrows(EOFException.class, this::ask);
    }

    @Test
    void nobodyThereIsARefusal() throws Exception {
        InetSocketAddress there = (InetSocketAddress) server.getLocalSocketAddress();
        server.close();
        HttpQuestion question = new HttpQuestion(there, PATIENCE, LONGEST);
        assertThrows(ConnectException.class, () -> question.ask("GET", "/", ""));
    }
}
