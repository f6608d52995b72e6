package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of WebSockets, seen by a client that is not ours. */
@Timeout(120)
class WebSocketGoodbyeTest {
    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/ws-core"})
    void allAreClosedWithServiceRestartWhateverApiTheProgramUses(String path) throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            List<Talk> talks = talks(jetty, path, 20);
            assertEquals(List.of(), only.drain(Duration.ofSeconds(20)));
            for (Talk talk : talks) {
                assertEquals(1012, talk.code());
            }
        }
    }

    /** Or all those whose turn would have come later would be cut without a word. */
    @Test
    void allAreClosedInTimeThoughTheDeadlineDrawsNearer() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            List<Talk> talks = talks(jetty, "/ws", 200);
            only.say(new Message.Drain(Duration.ofMinutes(1)));
            CompletableFuture.anyOf(talks.stream().map(talk -> talk.closed).toArray(CompletableFuture<?>[]::new))
                    .get();
            assertEquals(List.of(), only.drain(Duration.ofSeconds(8)));
            for (Talk talk : talks) {
                assertEquals(1012, talk.code());
            }
        }
    }

    @Test
    void whatTheClientSaysBeforeItHasHeardIsHeard() throws Exception {
        assertHearsThoughItSaysBefore("late");
    }

    /** As where it is told that it can say nothing more, before it is written why. */
    @Test
    void aProgramThatGivesUpBeforeTheClientHasHeardKeepsItNotFromHearing() throws Exception {
        assertHearsThoughItSaysBefore("give up");
    }

    /** The goodbye waits behind what the client has not read yet. */
    private static void assertHearsThoughItSaysBefore(String text) throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            Talk talk = Talk.open(jetty, "/ws", HttpClient.newHttpClient(), 0);
            talk.socket.sendText("flood", true).get();
            await().until(() -> jetty.asked.contains("flood"));
            Connection its = jetty.endPoints(1).iterator().next().getConnection();
            only.say(new Message.Drain(FakeSupervisor.PATIENCE));
            await().until(() -> WebSocketGoodbye.to(its).isEmpty());
            talk.socket.sendText(text, true).get();
            await().until(() -> jetty.asked.contains(text));
            talk.socket.request(Long.MAX_VALUE);
            assertEquals(1012, talk.code());
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    @Test
    void aProgramThatIsBusyWithTheEndOfOneKeepsNobodyFromHearing() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            HttpClient client = HttpClient.newHttpClient();
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                talks.add(Talk.open(jetty, "/ws-stubborn", client, 1));
            }
            only.say(new Message.Drain(FakeSupervisor.PATIENCE));
            for (Talk talk : talks) {
                assertEquals(1012, talk.code());
            }
            jetty.gate.countDown();
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    /** So many that have said something, and been answered. */
    private static List<Talk> talks(JettyPair jetty, String path, int count) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        List<Talk> talks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Talk talk = Talk.open(jetty, path, client, 1);
            talk.socket.sendText("hello", true).get();
            talks.add(talk);
        }
        for (Talk talk : talks) {
            assertEquals("hello", talk.text.get());
        }
        return talks;
    }

    private static final class Talk implements WebSocket.Listener {
        private final long reads;
        private final CompletableFuture<String> text = new CompletableFuture<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private WebSocket socket;

        private Talk(long reads) {
            this.reads = reads;
        }

        /** @param reads how many pieces before it is told to */
        static Talk open(JettyPair jetty, String path, HttpClient client, long reads) throws Exception {
            Talk talk = new Talk(reads);
            URI uri = URI.create("ws://127.0.0.1:" + jetty.address().getPort() + path);
            talk.socket = client.newWebSocketBuilder().buildAsync(uri, talk).get();
            return talk;
        }

        int code() throws Exception {
            return closed.get(15, TimeUnit.SECONDS);
        }

        @Override
        public void onOpen(WebSocket from) {
            if (reads > 0) {
                from.request(reads);
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.complete(data.toString());
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }
    }
}
