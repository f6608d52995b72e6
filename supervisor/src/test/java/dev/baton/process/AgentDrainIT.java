package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.process.RawClient.Answer;
import dev.baton.subject.ModularServer;
import dev.baton.subject.TomcatServer;
import dev.baton.subject.UndertowServer;
import dev.baton.supervisor.control.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What servers that know nothing of Baton answer while they drain: never without a word that it is the last answer. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AgentDrainIT {
    private static final String[] UNDERTOW = {"undertow-", "xnio-", "jboss-", "wildfly-", "smallrye-"};

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    private static final byte[] SETTINGS_ACKNOWLEDGED = {0, 0, 0, 4, 1, 0, 0, 0, 0};
    private static final int GOAWAY = 7;
    /** Milliseconds; longer than the kernel's clock takes for a tick. */
    private static final int A_WHILE = 200;

    private static final byte[] NO_LAST_STREAM_NO_ERROR = {0x7f, -1, -1, -1, 0, 0, 0, 0};

    @Test
    void undertow() throws Exception {
        Subject subject = Subject.of(UndertowServer.class, UNDERTOW);
        draining(
                subject,
                (empty, pieces, switched) -> assertAll(
                        () -> saysCloseWithoutABody(empty), () -> endsAsItSays(pieces), () -> switches(switched)));
    }

    @Test
    void undertowInJBossModules() throws Exception {
        draining(
                Subject.of(ModularServer.class, UNDERTOW).with("jboss.modules.system.pkgs"),
                (empty, pieces, switched) -> saysCloseWithoutABody(empty));
    }

    @Test
    void tomcat() throws Exception {
        draining(
                Subject.of(TomcatServer.class, "tomcat-"),
                (empty, pieces, switched) -> assertAll(
                        () -> saysCloseWithoutABody(empty), () -> endsAsItSays(pieces), () -> switches(switched)));
    }

    /** Clients that never pause go over long before the deadline. */
    @ParameterizedTest
    @MethodSource("ofHttp2")
    void http2(Subject subject) throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "before, the client fails requests on any GOAWAY: JDK-8335181");
        String address = "127.0.0.1:" + Subject.freePort();
        Unmodified.goesOver(address, subject.command(address.split(":")), () -> Libraries.http2("http://" + address));
    }

    /** One that has nothing to ask is told, too; one that stays all the same, and has the last word, is not waited for. */
    @ParameterizedTest
    @MethodSource("ofHttp2")
    void idleByHttp2(Subject subject) throws Exception {
        int port = Subject.freePort();
        try (RunningBaton baton = RunningBaton.builder()
                        .listen("http", "127.0.0.1:" + port)
                        .flag("--bake", "1500ms")
                        .flag("--drain", Unmodified.DRAIN.toMinutes() + "m")
                        .command(subject.command(port))
                        .start();
                Socket client = new Socket("127.0.0.1", port)) {
            client.setSoTimeout((int) RunningBaton.PATIENCE.toMillis());
            client.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
            client.getOutputStream().write(SETTINGS);
            CompletableFuture<JsonObject> upgrade = CompletableFuture.supplyAsync(() -> upgrade(baton, subject, port));
            DataInputStream in = new DataInputStream(client.getInputStream());
            assertArrayEquals(NO_LAST_STREAM_NO_ERROR, goAway(in));
            awaitSilence(client);
            client.getOutputStream().write(SETTINGS_ACKNOWLEDGED);
            Unmodified.isDrainedSoon(upgrade.get());
        }
    }

    private static JsonObject upgrade(RunningBaton baton, Subject subject, int port) {
        try {
            return baton.upgrade(subject.command(port)).json();
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    /** Its end will do, too, where this thread had to wait longer than the program. */
    private static void awaitSilence(Socket client) throws IOException {
        client.setSoTimeout(A_WHILE);
        int last;
        try {
            do {
                last = client.getInputStream().read();
            } while (last >= 0);
        } catch (SocketTimeoutException e) {
            // that is it
        }
    }

    /** What the next GOAWAY says, RFC 9113 4.1 and 6.8; fails where the connection ends before. */
    private static byte[] goAway(DataInputStream in) throws IOException {
        while (true) {
            int lengthAndType = in.readInt();
            in.skipNBytes(5);
            byte[] payload = in.readNBytes(lengthAndType >>> 8);
            if ((lengthAndType & 0xff) == GOAWAY) {
                return payload;
            }
        }
    }

    static List<Subject> ofHttp2() {
        return List.of(
                Subject.of(TomcatServer.class, "tomcat-"), Subject.of(UndertowServer.class, UNDERTOW), Subject.vertx());
    }

    @Test
    void jetty11() throws Exception {
        String source = Places.sources().resolve("Jetty11Server.java").toString();
        draining(
                Subject.apart(source, "jetty-11"),
                (empty, pieces, unused) -> assertAll(() -> saysCloseWithoutABody(empty), () -> endsAsItSays(pieces)));
    }

    private static void saysCloseWithoutABody(RawClient client) throws Exception {
        Answer answer = asked(client, "/empty");
        assertEquals(204, answer.status());
        assertEquals("close", answer.headers().get("connection"), answer::toString);
    }

    /** A client can tell whether it was cut off. */
    private static void endsAsItSays(RawClient client) throws Exception {
        Answer answer = asked(client, "/pieces");
        assertEquals("chunked", answer.headers().get("transfer-encoding"), answer::toString);
        assertEquals("close", answer.headers().get("connection"), answer::toString);
        assertEquals("piece\npiece\n", answer.text());
    }

    /** From there on it is none of HTTP's business. */
    private static void switches(RawClient client) throws Exception {
        client.send("GET /switch HTTP/1.1\r\nHost: it\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
        Answer answer = client.answer();
        assertEquals(101, answer.status());
        assertEquals("upgrade", answer.headers().get("connection").toLowerCase(Locale.ROOT));
        assertEquals("switched", client.line());
    }

    private static Answer asked(RawClient client, String path) throws Exception {
        client.send("GET " + path + " HTTP/1.1\r\nHost: it\r\n\r\n");
        return client.answer();
    }

    private interface Drained {
        void by(RawClient first, RawClient second, RawClient third) throws Exception;
    }

    /** With connections that were accepted before; somebody who does not finish the request keeps the program going. */
    private static void draining(Subject subject, Drained asked) throws Exception {
        int port = Subject.freePort();
        try (RunningBaton baton = RunningBaton.builder()
                        .listen("http", "127.0.0.1:" + port)
                        .flag("--drain", "1m")
                        .command(subject.command(port))
                        .start();
                RawClient unfinished = kept(baton);
                RawClient probe = kept(baton);
                RawClient first = kept(baton);
                RawClient second = kept(baton);
                RawClient third = kept(baton)) {
            unfinished.send("GET / HTTP/1.1\r\nHost: it\r\n");
            baton.beginUpgrade(subject.command(port));
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> "close".equals(asked(probe, "/").headers().get("connection")));
            asked.by(first, second, third);
        }
    }

    private static RawClient kept(RunningBaton baton) throws Exception {
        RawClient client = RawClient.connect(baton.address("http"));
        assertEquals("subject gen=1", asked(client, "/").server());
        return client;
    }
}
