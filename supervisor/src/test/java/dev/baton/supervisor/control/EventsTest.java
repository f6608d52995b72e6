package dev.baton.supervisor.control;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Traffic;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Transition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventsTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int KEPT = 200;
    private static final Limits FEW_CLIENTS =
            new Limits(8 * 1024, 64 * 1024, 128 * 1024, 8, Duration.ofSeconds(10), Duration.ofSeconds(4));

    @TempDir
    Path directory;

    private final EventLog events = new EventLog(InstantSource.fixed(Instant.ofEpochMilli(1000)), KEPT);
    private Path socket;
    private ControlEndpoint endpoint;

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("control.sock");
        endpoint = ControlEndpoint.start(new FakeSupervision(), events, socket, Set.of(), FEW_CLIENTS);
    }

    @AfterEach
    void close() throws IOException {
        endpoint.close();
    }

    private void happens(String from, String to) {
        happens(from, to, List.of("java", "-jar", "shop.jar"));
    }

    private void happens(String from, String to, List<String> command) {
        Status.WorkerState worker = new Status.WorkerState(
                3,
                Status.Role.ACTIVE,
                true,
                99,
                FakeSupervision.STARTED,
                command,
                2,
                14,
                16,
                true,
                Optional.empty(),
                List.of(),
                Traffic.NONE);
        events.accept(new Transition(
                FakeSupervision.STARTED, "shop", from, to, List.of(worker), Optional.of(FakeSupervision.running(7))));
    }

    private RawClient follow(String headers) throws IOException {
        int before = events.followers();
        RawClient client = new RawClient(socket).send("GET /v1/events HTTP/1.0\r\nHost: baton\r\n" + headers + "\r\n");
        await().atMost(SOON).until(() -> events.followers() == before + 1);
        return client;
    }

    /** The place where the stream begins, then that of each event. */
    private static List<Long> ids(String stream) {
        return Pattern.compile("(?m)^id: (\\d+)$")
                .matcher(stream)
                .results()
                .map((MatchResult id) -> Long.parseLong(id.group(1)))
                .toList();
    }

    @Test
    void followerIsToldEachTransitionOnceAndInOrder() throws Exception {
        happens("starting", "serving");
        try (RawClient client = follow("")) {
            for (int i = 0; i < 50; i++) {
                happens("serving", "upgrading");
            }
            endpoint.close();
            String stream = client.answer();
            assertTrue(stream.contains("Content-Type: text/event-stream"), stream);
            assertTrue(
                    stream.contains("event: transition\ndata: {\"id\":1002,\"at\":\"2026-11-20T22:00:00Z\","
                            + "\"app\":\"shop\",\"from\":\"serving\",\"to\":\"upgrading\",\"workers\":[{"),
                    stream);
            List<Long> all = LongStream.range(1001, 1052).boxed().toList();
            assertEquals(all, ids(stream), "what was before it followed is not told, and nothing twice");
        }
    }

    @Test
    void followerGoesOnBehindTheOneThatItSawLast() throws Exception {
        for (int i = 0; i < 5; i++) {
            happens("serving", "upgrading");
        }
        try (RawClient client = follow("Last-Event-ID: 1003\r\n")) {
            happens("serving", "baking");
            endpoint.close();
            assertEquals(List.of(1003L, 1004L, 1005L, 1006L), ids(client.answer()));
        }
    }

    @Test
    void headTakesNobodysPlace() throws Exception {
        for (int i = 0; i < FEW_CLIENTS.clients(); i++) {
            try (RawClient client = new RawClient(socket).send("HEAD /v1/events HTTP/1.1\r\nHost: baton\r\n\r\n")) {
                String answer = client.answer();
                assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
                assertTrue(answer.contains("Content-Type: text/event-stream"), answer);
            }
        }
        assertEquals(0, events.followers());
    }

    @Test
    void placeIsWithinWhatIsKept() {
        assertEquals(1000, events.place(1), "nothing has happened yet");
        for (int i = 0; i < KEPT + 50; i++) {
            happens("serving", "upgrading");
        }
        assertEquals(1050, events.place(1), "before the oldest that is kept");
        assertEquals(1100, events.place(1100));
        assertEquals(1250, events.place(9_000_000), "a number that was never given");
        assertEquals(1051, events.after(1050, 1).get(0).id());
    }

    @Test
    void longEventsAreKeptAsFarAsTheyAreFewAndSentOneByOne() {
        List<String> wide = List.of("x".repeat(60_000));
        for (int i = 0; i < KEPT; i++) {
            happens("serving", "upgrading", wide);
        }
        List<EventLog.Event> kept = new ArrayList<>();
        for (long place = events.place(1);
                place < 1000 + KEPT;
                place = kept.get(kept.size() - 1).id()) {
            List<EventLog.Event> next = events.after(place, 16);
            assertTrue(next.size() <= 2, () -> next.size() + " long ones at once");
            kept.addAll(next);
        }
        int length = kept.stream().mapToInt(event -> event.json().length()).sum();
        assertTrue(length <= EventLog.MOST_TEXT, () -> length + " characters");
        assertTrue(length > EventLog.MOST_TEXT - 70_000, () -> length + " characters are kept, and no more");
        for (int i = 0; i < KEPT; i++) {
            happens("upgrading", "serving");
        }
        assertEquals(1000 + KEPT, events.place(1), "short ones are kept by their number");
    }

    @Test
    void eventTellsOfTheUpgradeAllButTheLinesThatWorkersLeft() {
        happens("upgrading", "serving");
        JsonObject upgrade = JsonObject.parse(events.after(0, 1).get(0).json()).object("upgrade");
        assertEquals(7, upgrade.number("id"));
        assertFalse(upgrade.has("output") || upgrade.has("cut"), upgrade::toString);
    }

    @Test
    void followerThatDoesNotReadIsDroppedAndNobodyWaitsForIt() throws Exception {
        List<String> wide = List.of("x".repeat(20_000));
        try (RawClient deaf = follow("");
                RawClient good = follow("")) {
            long longest = 0;
            int told = 0;
            while (events.followers() == 2) {
                long began = System.nanoTime();
                happens("serving", "upgrading", wide);
                longest = Math.max(longest, System.nanoTime() - began);
                int want = ++told;
                good.readWhile(text -> ids(text).size() < want);
            }
            happens("serving", "serving");
            int all = told + 1;
            good.readWhile(text -> ids(text).size() < all);
            assertEquals(1, events.followers(), "the one that reads is followed on");
            assertTrue(longest < SOON.toNanos() / 10, "nobody waited: " + longest + " ns");
            assertTrue(ids(deaf.answer()).size() < told, "it was cut off in the middle");
        }
    }

    @Test
    void followersLeaveRoomForOthers() throws Exception {
        List<RawClient> followers = new ArrayList<>();
        try {
            for (int i = 0; i < FEW_CLIENTS.clients() / 2; i++) {
                followers.add(follow(""));
            }
            Curl.Result result = Curl.get(socket, "/v1/events");
            assertEquals(503, result.status());
            assertTrue(result.body().contains("Too many followers"), result.body());
            assertEquals(200, Curl.get(socket, "/v1/status").status());
        } finally {
            for (RawClient follower : followers) {
                follower.close();
            }
        }
        await().atMost(SOON).until(() -> {
            happens("serving", "serving");
            return events.followers() == 0;
        });
    }
}
