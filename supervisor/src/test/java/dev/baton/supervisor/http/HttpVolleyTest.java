package dev.baton.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many questions, to servers that answer as they like. */
@Timeout(30)
class HttpVolleyTest {
    private static final Duration NEVER = Duration.ofDays(1);

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String HANGING = "";
    private static final String LAST = "Connection: close";

    private ServerSocket server;
    private final AtomicInteger connections = new AtomicInteger();
    /** So many last requests have no answer before all of them were asked. */
    private CountDownLatch together = new CountDownLatch(0);

    private final AtomicInteger asked = new AtomicInteger();
    private final List<String> heads = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** Answers the nth question like that, and closes after an answer that announces it. */
    private void answering(IntFunction<String> answers) {
        daemon(() -> {
            while (true) {
                Socket connection = server.accept();
                connections.incrementAndGet();
                daemon(() -> converse(connection, answers));
            }
        });
    }

    private void converse(Socket connection, IntFunction<String> answers) throws IOException {
        try (connection) {
            while (true) {
                StringBuilder head = new StringBuilder();
                InputStream in = connection.getInputStream();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int c = in.read();
                    if (c < 0) {
                        return;
                    }
                    head.append((char) c);
                }
                heads.add(head.toString());
                if (head.indexOf(LAST) >= 0) {
                    together.countDown();
                    await(together);
                }
                String answer = answers.apply(asked.getAndIncrement());
                connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                if (answer.contains("close")) {
                    return;
                }
            }
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // The test is over.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Counted implements HttpVolley.Course {
        private final HttpCall call;
        private int left;
        private final List<Integer> statuses = new ArrayList<>();
        private final List<String> failures = new ArrayList<>();

        Counted(int count) {
            this(count, new HttpCall("GET", "/a?b=c", HttpCall.Client.TOOL));
        }

        Counted(int count, HttpCall call) {
            this.left = count;
            this.call = call;
        }

        @Override
        public Optional<HttpCall> next() {
            return left-- > 0 ? Optional.of(call) : Optional.empty();
        }

        @Override
        public void onAnswer(HttpCall answered, int status, long nanos) {
            assertTrue(nanos > 0);
            statuses.add(status);
        }

        @Override
        public void onFailure(HttpCall failed, String why) {
            failures.add(why);
        }
    }

    private HttpVolley volley(int calls, int crowd, Duration pause) {
        return new HttpVolley(
                server.getLocalSocketAddress(),
                List.of(calls),
                crowd,
                pause,
                Duration.ofSeconds(20),
                Duration.ofMillis(5));
    }

    private boolean fire(Counted course) throws IOException {
        return fire(server.getLocalSocketAddress(), Duration.ofSeconds(20), course);
    }

    private static boolean fire(SocketAddress to, Duration atMost, Counted course) throws IOException {
        return new HttpVolley(to, List.of(1_000_000, 1_000_000), 0, NEVER, atMost, Duration.ofMillis(5)).fire(course);
    }

    @Test
    void asManyAsWereAskedForGoOverAFewConnections() throws Exception {
        answering(i -> OK);
        Counted course = new Counted(3001);
        assertTrue(fire(course));
        assertEquals(Collections.nCopies(3001, 200), course.statuses);
        assertEquals(List.of(), course.failures);
        assertEquals(3001, asked.get());
        assertEquals(2, connections.get());
        int port = server.getLocalPort();
        assertEquals(
                "GET /a?b=c HTTP/1.1\r\nHost: localhost:" + port
                        + "\r\nUser-Agent: baton/warm-up\r\nAccept: */*\r\n\r\n",
                heads.get(0));
    }

    @Test
    void connectionIsClosedWhenItHasHadItsShare() throws Exception {
        answering(i -> OK);
        Counted course = new Counted(95);
        assertTrue(volley(10, 0, NEVER).fire(course));
        assertEquals(Collections.nCopies(95, 200), course.statuses);
        assertEquals(List.of(), course.failures);
        assertEquals(10, connections.get());
    }

    @Test
    void crowdComesAtOnceAndAgainAfterEachPause() throws Exception {
        together = new CountDownLatch(3);
        answering(i -> OK);
        Counted course = new Counted(5000);
        assertTrue(volley(1_000_000, 3, Duration.ofMillis(1)).fire(course));
        assertEquals(List.of(), course.failures);
        assertEquals(Collections.nCopies(5000, 200), course.statuses);
        assertTrue(connections.get() > 1 + 3, "a single crowd: " + connections);
        assertEquals(
                connections.get() - 1,
                heads.stream().filter(head -> head.contains(LAST)).count(),
                "each of a crowd asks once, and says so");
    }

    @Test
    void clientsAnnounceTheirLastRequestButBrowsersDoNot() throws Exception {
        answering(i -> OK);
        for (HttpCall.Client client : HttpCall.Client.values()) {
            heads.clear();
            Counted course = new Counted(20, new HttpCall("GET", "/", client));
            assertTrue(volley(5, 0, NEVER).fire(course));
            assertEquals(List.of(), course.failures);
            List<Integer> announced = IntStream.range(0, heads.size())
                    .filter(i -> heads.get(i).contains("\r\nConnection: close\r\n"))
                    .boxed()
                    .toList();
            assertEquals(
                    client == HttpCall.Client.BROWSER ? List.of() : List.of(4, 9, 14, 19), announced, client::name);
        }
    }

    @Test
    void everyClientHasAHeadOfItsOwn() throws Exception {
        answering(i -> OK);
        for (HttpCall.Client client : HttpCall.Client.values()) {
            assertTrue(fire(new Counted(1, new HttpCall("GET", "/", client))));
        }
        assertEquals(3, new HashSet<>(heads).size(), heads::toString);
        for (String head : heads) {
            assertTrue(head.contains("\r\nUser-Agent: baton/warm-up\r\n"), head);
            assertTrue(head.replace("\r\n", "").indexOf('\n') < 0, "each line ends as RFC 9112 2.1 has it: " + head);
        }
    }

    @Test
    void everyFormOfAnAnswerIsReadToItsEnd() throws Exception {
        List<String> forms = List.of(
                OK,
                "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "HTTP/1.1 204 x\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
                "HTTP/1.1 201 x\r\nX: close\r\n\r\nall up to the end");
        answering(i -> forms.get(i % forms.size()));
        Counted course = new Counted(60);
        assertTrue(fire(course));
        assertEquals(List.of(), course.failures);
        for (int status : List.of(200, 500, 204, 404, 302, 201)) {
            assertEquals(10, Collections.frequency(course.statuses, status), "of " + status);
        }
    }

    @Test
    void answerToHeadHasNoBodyWhateverItsLength() throws Exception {
        answering(i -> "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        Counted course = new Counted(10, new HttpCall("HEAD", "/", HttpCall.Client.TOOL));
        assertTrue(fire(course));
        assertEquals(10, course.statuses.size());
    }

    @Test
    void whatIsCutOffOrIsNotHttpIsAFailureAndTheRestGoesOn() throws Exception {
        List<String> forms =
                List.of(OK, "HTTP/1.1 200 OK\r\nX: close\r\nContent-Length: 99\r\n\r\n", "SSH-2.0-x\r\nclose");
        answering(i -> forms.get(i % forms.size()));
        Counted course = new Counted(30);
        assertTrue(fire(course));
        assertEquals(10, course.statuses.size());
        assertEquals(20, course.failures.size());
        assertEquals(
                10,
                Collections.frequency(course.failures, "the connection was closed without a whole answer"),
                course.failures::toString);
        assertEquals(10, Collections.frequency(course.failures, "what answers does not speak HTTP/1.1"));
    }

    @Test
    void serverThatHangsIsLeftWhenTheTimeIsOver() throws Exception {
        answering(i -> i < 10 ? OK : HANGING);
        Counted course = new Counted(1000);
        assertFalse(fire(server.getLocalSocketAddress(), Duration.ofSeconds(3), course));
        assertEquals(10, course.statuses.size());
        assertEquals(12, asked.get(), "two wait");
    }

    @Test
    void whereNobodyListensEveryCallFails() throws Exception {
        SocketAddress nobody = server.getLocalSocketAddress();
        server.close();
        Counted course = new Counted(4);
        assertTrue(fire(nobody, Duration.ofSeconds(20), course));
        assertEquals(Collections.nCopies(4, "no connection: Connection refused"), course.failures);
    }

    @Test
    void unixSocketThatIsNotThereIsCalledForAsLongAsTheCourseWants(@TempDir Path directory) throws Exception {
        Counted course = new Counted(7);
        assertTrue(fire(UnixDomainSocketAddress.of(directory.resolve("none")), Duration.ofSeconds(20), course));
        assertEquals(7, course.failures.size());
    }

    @Test
    void unixSocketsAreCalledToo(@TempDir Path directory) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
        try (ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            unix.bind(address);
            daemon(() -> {
                while (true) {
                    SocketChannel connection = unix.accept();
                    daemon(() -> {
                        while (connection.read(ByteBuffer.allocate(1000)) > 0) {
                            connection.write(ByteBuffer.wrap(OK.getBytes(StandardCharsets.US_ASCII)));
                        }
                    });
                }
            });
            Counted course = new Counted(100);
            assertTrue(fire(address, Duration.ofSeconds(20), course));
            assertEquals(100, course.statuses.size(), course.failures::toString);
        }
    }
}
