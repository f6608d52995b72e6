package dev.baton.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.ScriptedServer.Peer;
import dev.baton.load.ScriptedServer.Script;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way of breaking a request is counted in its own column, once, and nothing else is. */
@Timeout(30)
class StrictnessTest {
    private static final int GOOD = 20;
    private static final Counts NOTHING = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static Counts countsOf(Mode mode, Script... scripts) throws IOException, InterruptedException {
        return reportOf(mode, Duration.ofSeconds(10), scripts).counts();
    }

    private static LoadReport reportOf(Mode mode, Duration timeout, Script... scripts)
            throws IOException, InterruptedException {
        try (ScriptedServer server = ScriptedServer.start(GOOD, scripts)) {
            return server.load(LoadPlan.of(mode, server.address())
                    .withConnections(1)
                    .withTimeout(timeout)
                    .withSlowness(Duration.ofMillis(50)));
        }
    }

    /** Compares all columns but the good answers, of which there are as many as there happened to be. */
    private static void assertBroken(Counts expected, Counts seen) {
        assertTrue(seen.ok() >= GOOD - 1, () -> "good answers: " + seen);
        assertEquals(
                expected,
                new Counts(
                        0,
                        seen.refused(),
                        seen.closed(),
                        seen.cut(),
                        seen.not2xx(),
                        seen.wrong(),
                        seen.timedOut(),
                        seen.reconnects(),
                        seen.ownTrouble()));
    }

    private static Counts closed() {
        return new Counts(0, 0, 1, 0, 0, 0, 0, 1, 0);
    }

    private static Counts cut() {
        return new Counts(0, 0, 0, 1, 0, 0, 0, 1, 0);
    }

    private static Counts wrong(int reconnects) {
        return new Counts(0, 0, 0, 0, 0, 1, 0, reconnects, 0);
    }

    @Test
    void wellBehavedServerBreaksNothing() throws Exception {
        assertBroken(NOTHING, countsOf(Mode.KEEPALIVE, Peer::behave));
    }

    @Test
    void answersAreCountedByGeneration() throws Exception {
        LoadReport report = reportOf(Mode.KEEPALIVE, Duration.ofSeconds(10), Peer::behave);
        assertEquals(Map.of(new Answerer("v1", 3), report.counts().ok()), report.answerers());
        assertEquals(Map.of(3, report.counts().ok()), report.generations());
    }

    @Test
    void refusedConnectionIsRefused() throws Exception {
        ScriptedServer gone = ScriptedServer.start(1, Peer::behave);
        gone.close();
        LoadReport report = Load.start(LoadPlan.of(Mode.KEEPALIVE, gone.address())
                        .withConnections(1)
                        .withDuration(Duration.ofMillis(100)))
                .await();
        assertTrue(report.counts().refused() > 0);
        assertEquals(report.counts().refused(), report.counts().broken());
        assertEquals(0, report.counts().reconnects());
    }

    @Test
    void wantOfPortsIsTheClientsOwnTrouble() {
        Breakage breakage = Breakage.ofConnect(new BindException("Cannot assign requested address"));
        assertTrue(breakage.isOwnTrouble());
        Tally tally = new Tally(Answers.UNHEARD);
        tally.broken(breakage, 0, 0);
        assertEquals(new Counts(0, 0, 0, 0, 0, 0, 0, 0, 1), tally.counts());
    }

    @Test
    void idleConnectionFoundClosedIsClosed() throws Exception {
        Script answersOnceAndCloses = peer -> {
            peer.request();
            peer.good(ScriptedServer.ANSWER);
        };
        assertBroken(closed(), countsOf(Mode.KEEPALIVE, answersOnceAndCloses, Peer::behave));
    }

    @Test
    void closeBeforeTheFirstByteIsClosed() throws Exception {
        assertBroken(closed(), countsOf(Mode.KEEPALIVE, Peer::request, Peer::behave));
    }

    @Test
    void resetBeforeTheFirstByteIsClosed() throws Exception {
        Script resets = peer -> {
            peer.request();
            peer.reset();
        };
        assertBroken(closed(), countsOf(Mode.KEEPALIVE, resets, Peer::behave));
    }

    @Test
    void closeInsideTheHeadIsCut() throws Exception {
        assertBroken(cut(), countsOf(Mode.KEEPALIVE, sends("HTTP/1.1 200 OK\r\nConte"), Peer::behave));
    }

    @Test
    void closeInsideTheBodyIsCut() throws Exception {
        Script cutsBody = sends("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nv1 gen=3");
        assertBroken(cut(), countsOf(Mode.KEEPALIVE, cutsBody, Peer::behave));
    }

    @Test
    void announcedCloseInsideTheBodyIsCutAllTheSame() throws Exception {
        Script cutsBody = sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 16\r\n\r\nv1 gen=3");
        assertBroken(cut(), countsOf(Mode.KEEPALIVE, cutsBody, Peer::behave));
    }

    @Test
    void closeInsideAChunkIsCut() throws Exception {
        Script cutsChunk = sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nv1 gen=3");
        assertBroken(cut(), countsOf(Mode.KEEPALIVE, cutsChunk, Peer::behave));
    }

    @Test
    void closeBeforeTheLastChunkIsCut() throws Exception {
        Script cutsLastChunk = sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nv1\r\n");
        assertBroken(cut(), countsOf(Mode.KEEPALIVE, cutsLastChunk, Peer::behave));
    }

    @Test
    void resetInsideTheBodyIsCut() throws Exception {
        Script resets = peer -> {
            peer.request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nv1 gen=3");
            peer.pause(100);
            peer.reset();
        };
        assertBroken(cut(), countsOf(Mode.KEEPALIVE, resets, Peer::behave));
    }

    @Test
    void otherStatusIsNot2xxAndTheConnectionLivesOn() throws Exception {
        Script busyOnce = peer -> {
            peer.request();
            peer.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy");
            peer.behave();
        };
        assertBroken(new Counts(0, 0, 0, 0, 1, 0, 0, 0, 0), countsOf(Mode.KEEPALIVE, busyOnce));
    }

    @Test
    void otherStatusWithAnAnnouncedCloseIsBrokenOnceAndReconnectsOnce() throws Exception {
        Script busy = sends("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy");
        assertBroken(new Counts(0, 0, 0, 0, 1, 0, 0, 1, 0), countsOf(Mode.KEEPALIVE, busy, Peer::behave));
    }

    @Test
    void announcedCloseIsAReconnectAndNotBroken() throws Exception {
        Script polite = sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        assertBroken(new Counts(0, 0, 0, 0, 0, 0, 0, 1, 0), countsOf(Mode.KEEPALIVE, polite, Peer::behave));
    }

    @Test
    void answerUpToTheEndOfTheStreamIsGoodAndAReconnect() throws Exception {
        Script old = sends("HTTP/1.0 200 OK\r\n\r\nok");
        assertBroken(new Counts(0, 0, 0, 0, 0, 0, 0, 1, 0), countsOf(Mode.KEEPALIVE, old, Peer::behave));
    }

    @Test
    void interimAnswersAndChunksWithExtensionsAndTrailersAreGood() throws Exception {
        Script elaborate = peer -> {
            while (peer.request()) {
                peer.send(
                        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                peer.good("2;a=b\r\nv1\r\nE\r\n gen=3 pid=77\n\r\n0\r\nTrailer: yes\r\n\r\n");
            }
        };
        assertBroken(NOTHING, countsOf(Mode.KEEPALIVE, elaborate));
    }

    @Test
    void headOfOneByteEachIsGood() throws Exception {
        Script hesitant = peer -> {
            while (peer.request()) {
                for (int i = 0; i < ScriptedServer.ANSWER.length() - 1; i++) {
                    peer.send(ScriptedServer.ANSWER.substring(i, i + 1));
                }
                peer.good(ScriptedServer.ANSWER.substring(ScriptedServer.ANSWER.length() - 1));
            }
        };
        assertBroken(NOTHING, countsOf(Mode.KEEPALIVE, hesitant));
    }

    @Test
    void answerThatNobodyAskedForIsWrong() throws Exception {
        Script twice = peer -> {
            peer.request();
            peer.send(ScriptedServer.ANSWER + ScriptedServer.ANSWER);
            peer.request();
        };
        assertBroken(wrong(1), countsOf(Mode.KEEPALIVE, twice, Peer::behave));
    }

    @Test
    void answerThatNobodyAskedForIsWrongBehindTheLastOneOfAConnectionToo() throws Exception {
        Script twice = peer -> {
            peer.request();
            peer.send(ScriptedServer.ANSWER + ScriptedServer.ANSWER);
            peer.request();
        };
        try (ScriptedServer server = ScriptedServer.start(GOOD, twice, Peer::behave)) {
            LoadPlan plan = LoadPlan.of(Mode.KEEPALIVE, server.address()).withConnections(1);
            assertBroken(
                    wrong(1), server.load(plan.withRequestsPerConnection(1)).counts());
        }
    }

    @Test
    void whatNobodyAskedForIsWrongBeforeItHasBeenRead() throws Exception {
        Script early = peer -> {
            peer.send(ScriptedServer.ANSWER);
            peer.request();
        };
        try (ScriptedServer server = ScriptedServer.start(1, early)) {
            Wire wire = Wire.connect(server.address(), Duration.ofSeconds(10));
            await().until(() -> isWrong(wire));
            wire.close();
        }
    }

    private static boolean isWrong(Wire wire) {
        try {
            wire.beginAnswer();
            return false;
        } catch (Breakage e) {
            return e.kind() == Broken.WRONG;
        }
    }

    @Test
    void answerToTheRequestBeforeIsWrongAndNothingMoreIsTakenFromItsConnection() throws Exception {
        Script late = peer -> {
            peer.request();
            String first = peer.numberedAnswer();
            peer.good(first);
            peer.request();
            peer.send(first);
            peer.request();
        };
        assertBroken(wrong(1), countsOf(Mode.KEEPALIVE, late, Peer::behave));
    }

    @Test
    void numberedAnswersAreGood() throws Exception {
        Script numbers = peer -> {
            while (peer.request()) {
                peer.good(peer.numberedAnswer());
            }
        };
        assertBroken(NOTHING, countsOf(Mode.KEEPALIVE, numbers));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v2 gen=4 pid=78\n"})
    void bodyWithoutTheNameThatTheDemoHasInTheHeadIsWrong(String body) throws Exception {
        Script nameless = peer -> {
            peer.request();
            peer.send("HTTP/1.1 200 OK\r\nServer: v1 gen=3 pid=77\r\nContent-Length: " + body.length() + "\r\n\r\n"
                    + body);
            peer.behave();
        };
        assertBroken(wrong(0), countsOf(Mode.KEEPALIVE, nameless));
    }

    @Test
    void whatIsNotHttpIsWrong() throws Exception {
        assertBroken(wrong(1), countsOf(Mode.KEEPALIVE, sends("SSH-2.0-OpenSSH_9.2\r\n"), Peer::behave));
    }

    @Test
    void echoedBodiesAreGood() throws Exception {
        assertBroken(NOTHING, countsOf(Mode.POST, Peer::echo));
    }

    @Test
    void echoOfTheRequestBeforeIsWrongAndTheConnectionLivesOn() throws Exception {
        Script late = peer -> {
            peer.request();
            String first = peer.body();
            peer.good("HTTP/1.1 200 OK\r\nContent-Length: " + first.length() + "\r\n\r\n" + first);
            peer.request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + first.length() + "\r\n\r\n" + first);
            peer.echo();
        };
        assertBroken(wrong(0), countsOf(Mode.POST, late));
    }

    @Test
    void postIsNotRepeatedWhenItsConnectionIsFoundClosed() throws Exception {
        assertBroken(closed(), countsOf(Mode.POST, Peer::request, Peer::echo));
    }

    @Test
    void noAnswerInTimeIsTimedOut() throws Exception {
        Script mute = peer -> {
            peer.request();
            peer.request();
        };
        assertBroken(
                new Counts(0, 0, 0, 0, 0, 0, 1, 1, 0),
                reportOf(Mode.KEEPALIVE, Duration.ofSeconds(2), mute, Peer::behave)
                        .counts());
    }

    @Test
    void answerThatTricklesForEverIsTimedOut() throws Exception {
        Script trickles = peer -> {
            peer.request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while (true) {
                peer.send(".");
                peer.pause(50);
            }
        };
        assertBroken(
                new Counts(0, 0, 0, 0, 0, 0, 1, 1, 0),
                reportOf(Mode.KEEPALIVE, Duration.ofSeconds(2), trickles, Peer::behave)
                        .counts());
    }

    @Test
    void churnConnectsEachTimeAndCountsNoReconnect() throws Exception {
        assertBroken(NOTHING, countsOf(Mode.CHURN, StrictnessTest::answerOnce));
    }

    @Test
    void resetBehindTheWholeAnswerOfAChurnClientIsCut() throws Exception {
        Script resets = peer -> {
            peer.request();
            peer.send(ScriptedServer.ANSWER);
            peer.pause(100);
            peer.reset();
        };
        assertBroken(new Counts(0, 0, 0, 1, 0, 0, 0, 1, 0), countsOf(Mode.CHURN, resets, StrictnessTest::answerOnce));
    }

    @Test
    void churnConnectionClosedBeforeItsAnswerIsClosed() throws Exception {
        assertBroken(closed(), countsOf(Mode.CHURN, Peer::request, StrictnessTest::answerOnce));
    }

    @ParameterizedTest
    @MethodSource("waiting")
    void connectionClosedInTheLastWaitIsSeenAtTheEnd(UnaryOperator<LoadPlan> waiting) throws Exception {
        Script answersOnceAndCloses = peer -> {
            peer.request();
            peer.good(ScriptedServer.ANSWER);
        };
        try (ScriptedServer server = ScriptedServer.start(1, answersOnceAndCloses, Peer::behave)) {
            LoadReport report = server.load(
                    waiting.apply(LoadPlan.of(Mode.KEEPALIVE, server.address()).withConnections(1)));
            assertEquals(1, report.counts().closed());
            assertEquals(1, report.counts().broken());
        }
    }

    private static Stream<UnaryOperator<LoadPlan>> waiting() {
        return Stream.of(
                plan -> plan.withPause(Duration.ofSeconds(1)),
                plan -> plan.withRate(0.001),
                plan -> plan.withAtMost(0.001));
    }

    @Test
    void slowUploadAndSlowDownloadAreGood() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(4, Peer::echo)) {
            LoadReport report = server.load(LoadPlan.of(Mode.SLOW, server.address())
                    .withConnections(2)
                    .withPaths("upload:/echo", "download:/file")
                    .withSlowness(Duration.ofMillis(200)));
            assertTrue(report.counts().clean(), report::toString);
            assertTrue(report.latency().max().toMillis() >= 190, report::toString);
        }
    }

    @Test
    void echoedLinesAreGood() throws Exception {
        LoadReport report = reportOf(Mode.LINE, Duration.ofSeconds(10), Peer::echoLines);
        assertBroken(NOTHING, report.counts());
        assertEquals(Map.of(new Answerer("v1", 3), report.counts().ok()), report.answerers());
    }

    private static Script numbering(int first) {
        return peer -> {
            int number = first;
            for (String line = peer.line(); line != null; line = peer.line()) {
                peer.good("v1 gen=3 line=" + number++ + ": " + line + "\n");
            }
        };
    }

    @Test
    void numberedLinesAreGood() throws Exception {
        assertBroken(NOTHING, countsOf(Mode.LINE, numbering(1)));
    }

    @Test
    void lineThatTheServerForgotIsWrong() throws Exception {
        Script forgets = peer -> {
            for (int number = 1; number < 10; number++) {
                peer.good("v1 gen=3 line=" + number + ": " + peer.line() + "\n");
            }
            peer.send("v2 gen=4 line=1: " + peer.line() + "\n");
            peer.line();
        };
        Counts counts = countsOf(Mode.LINE, forgets, Peer::echoLines);
        assertEquals(1, counts.wrong());
        assertEquals(1, counts.closed());
        assertEquals(2, counts.broken());
    }

    @Test
    void otherLineIsWrong() throws Exception {
        Script wrongOnce = peer -> {
            peer.line();
            peer.send("v1 gen=3: something else\n");
            peer.echoLines();
        };
        assertBroken(wrong(0), countsOf(Mode.LINE, wrongOnce));
    }

    @Test
    void closeInsideALineIsCut() throws Exception {
        Script cutsLine = peer -> {
            peer.line();
            peer.send("v1 gen=3: cli");
        };
        assertBroken(cut(), countsOf(Mode.LINE, cutsLine, Peer::echoLines));
    }

    @Test
    void closeBetweenTwoLinesIsClosed() throws Exception {
        Script closes = peer -> peer.good("");
        assertBroken(closed(), countsOf(Mode.LINE, closes, Peer::echoLines));
    }

    @Test
    void closingByChoiceIsNoReconnect() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(GOOD, Peer::echoLines)) {
            Counts counts = server.load(LoadPlan.of(Mode.LINE, server.address())
                            .withConnections(1)
                            .withRequestsPerConnection(3))
                    .counts();
            assertBroken(NOTHING, counts);
        }
    }

    @Test
    void openLoopCountsLatencyFromWhenARequestWasDue() throws Exception {
        int requests = 100;
        Script stallsOnce = peer -> {
            for (int i = 0; peer.request(); i++) {
                if (i == 10) {
                    peer.pause(500);
                }
                peer.good(ScriptedServer.ANSWER);
            }
        };
        try (ScriptedServer server = ScriptedServer.start(requests, stallsOnce)) {
            Latency latency = server.load(LoadPlan.of(Mode.KEEPALIVE, server.address())
                            .withConnections(1)
                            .withRate(100))
                    .latency();
            assertTrue(latency.max().toMillis() >= 490, latency::toString);
            // One request was stalled, but some fifty were kept waiting behind it.
            assertTrue(latency.p90().toMillis() >= 200, latency::toString);
        }
    }

    @Test
    void openLoopCountsWhatWasDueOnAConnectionThatStallsWhateverTheOthersDo() throws Exception {
        Script stallsOnce = peer -> {
            for (int i = 0; peer.request(); i++) {
                if (i == 10) {
                    peer.pause(1_000);
                }
                peer.good(ScriptedServer.ANSWER);
            }
        };
        try (ScriptedServer server = ScriptedServer.start(1, stallsOnce, Peer::behave)) {
            Latency latency = Load.start(LoadPlan.of(Mode.KEEPALIVE, server.address())
                            .withConnections(16)
                            .withRate(800)
                            .withDuration(Duration.ofMillis(1_500)))
                    .await()
                    .latency();
            // It is the sixteenth part of all, and two thirds of its requests came late.
            assertTrue(latency.p99().toMillis() >= 400, latency::toString);
        }
    }

    @Test
    void openLoopSendsWhatWasDueBeforeTheEnd() throws Exception {
        Script stallsBeyondTheEnd = peer -> {
            for (int i = 0; peer.request(); i++) {
                if (i == 20) {
                    peer.pause(1_000);
                }
                peer.good(ScriptedServer.ANSWER);
            }
        };
        try (ScriptedServer server = ScriptedServer.start(1, stallsBeyondTheEnd)) {
            LoadReport report = Load.start(LoadPlan.of(Mode.KEEPALIVE, server.address())
                            .withConnections(1)
                            .withRate(100)
                            .withDuration(Duration.ofMillis(500)))
                    .await();
            assertTrue(report.counts().ok() >= 50, report::toString);
            assertTrue(report.latency().p50().toMillis() >= 500, report::toString);
        }
    }

    @Test
    void whatWasDueAndCouldNotBeSentInTimeIsTimedOut() throws Exception {
        Script neverAnswers = peer -> {
            peer.request();
            peer.pause(20_000);
        };
        try (ScriptedServer server = ScriptedServer.start(1, neverAnswers)) {
            LoadReport report = Load.start(LoadPlan.of(Mode.KEEPALIVE, server.address())
                            .withConnections(1)
                            .withRate(100)
                            .withTimeout(Duration.ofMillis(1_000))
                            .withDuration(Duration.ofMillis(500)))
                    .await();
            assertTrue(report.counts().timedOut() >= 50, report::toString);
            assertEquals(report.counts().broken(), report.counts().timedOut(), report::toString);
        }
    }

    @Test
    void closedLoopDoesNotExceedItsLimit() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(1, Peer::behave)) {
            LoadReport report = Load.start(LoadPlan.of(Mode.KEEPALIVE, server.address())
                            .withAtMost(50)
                            .withDuration(Duration.ofMillis(500)))
                    .await();
            long lastOnes = report.plan().connections();
            long due = lastOnes + report.plan().connections() + report.elapsed().toMillis() * 50 / 1_000;
            assertTrue(report.counts().ok() >= 1 && report.counts().ok() <= due, report::toString);
        }
    }

    @Test
    void runEndsByItsDurationAndItsTimelineHoldsEveryAnswer() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(1, Peer::behave)) {
            LoadRun run = Load.start(
                    LoadPlan.of(Mode.KEEPALIVE, server.address()).withRate(200).withDuration(Duration.ofMillis(1_200)));
            assertTrue(run.await(20, TimeUnit.SECONDS));
            LoadReport report = run.snapshot();
            assertTrue(report.elapsed().toMillis() >= 1_200, report::toString);
            assertEquals(
                    (report.elapsed().toMillis() + 999) / 1_000,
                    report.timeline().size(),
                    report::toString);
            assertEquals(
                    report.counts().ok(),
                    report.timeline().stream().mapToLong(Slice::ok).sum());
        }
    }

    @Test
    void clientWaitingForItsTurnEndsAtOnceWhenStopped() throws Exception {
        LoadRun run = Load.start(LoadPlan.of(Mode.KEEPALIVE, new InetSocketAddress("127.0.0.1", 1))
                .withRate(0.01)
                .withConnections(8));
        long start = System.nanoTime();
        run.stop();
        assertTrue(Duration.ofNanos(System.nanoTime() - start).toMillis() < 5_000);
    }

    private static Script sends(String answer) {
        return peer -> {
            peer.request();
            peer.send(answer);
        };
    }

    private static void answerOnce(Peer peer) throws IOException {
        peer.request();
        peer.good("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    }
}
