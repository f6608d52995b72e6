package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import dev.baton.handover.OpenFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TrackedConnectionTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;
    private static final byte[] NOTHING = {};

    private OpenFiles before;
    private Connections connections;

    @BeforeEach
    void remember() throws IOException {
        before = OpenFiles.now();
        connections = new Connections(true);
    }

    @AfterEach
    void nothingIsLeftOpen() {
        connections.close();
        before.assertNothingIsLeft();
    }

    // ---- the end ----

    /** A socket that is closed with unread data resets the connection, and the client never sees what was said. */
    @Test
    void whatWasSaidLastArrivesThoughTheClientsWordsWereNeverRead() throws Exception {
        try (ConnectionPair pair = open()) {
            Attempt<Void> talking = Attempt.of(() -> talkForLong(pair.client()));
            pair.connection().output().write("bye".getBytes(StandardCharsets.US_ASCII));
            Attempt<Void> closing = Attempt.of(() -> close(pair.connection()));
            byte[] answer = pair.client().getInputStream().readAllBytes();
            assertEquals("bye", new String(answer, StandardCharsets.US_ASCII));
            talking.result();
            pair.client().shutdownOutput();
            closing.result();
        }
    }

    private static Void talkForLong(Socket client) throws IOException {
        OutputStream out = client.getOutputStream();
        for (int i = 0; i < 100; i++) {
            out.write(new byte[10_000]);
        }
        return null;
    }

    @Test
    void aConnectionThatItsClientHasResetIsClosedAllTheSame() throws Exception {
        try (ConnectionPair pair = open()) {
            long cookie = pair.cookie();
            pair.reset();
            assertThrows(IOException.class, () -> pair.connection().input().read());
            close(pair.connection());
            assertEquals(0, OpenFiles.holding(cookie));
            assertEquals(0, connections.active());
        }
    }

    @Test
    void aLayerThatFailsAtTheEndDoesNotKeepTheConnectionOpen() throws Exception {
        try (ConnectionPair pair = open()) {
            long cookie = pair.cookie();
            pair.connection().interpose((below, continued) -> new FailingAtTheEnd(below));
            pair.client().shutdownOutput();
            close(pair.connection());
            assertEquals(0, OpenFiles.holding(cookie));
        }
    }

    private record FailingAtTheEnd(java.io.InputStream input, OutputStream output) implements Duplex {
        FailingAtTheEnd(Duplex below) {
            this(below.input(), below.output());
        }

        @Override
        public void end() throws IOException {
            throw new IOException("nothing more to say");
        }
    }

    @Test
    void oneThreadMayCloseWhileAnotherReads() throws Exception {
        try (ConnectionPair pair = open()) {
            Attempt<Integer> reading =
                    Attempt.of(() -> pair.connection().input().read());
            reading.awaitWaiting();
            Attempt<Void> closing = Attempt.of(() -> close(pair.connection()));
            assertEquals(-1, pair.client().getInputStream().read(), "the client hears of it at once");
            pair.client().close();
            assertEquals(-1, reading.result());
            closing.result();
        }
    }

    @Test
    void aClientThatNeverClosesHoldsNobodyForEver() throws Exception {
        try (ConnectionPair pair = open()) {
            long cookie = pair.cookie();
            Attempt<Integer> reading =
                    Attempt.of(() -> pair.connection().input().read());
            reading.awaitWaiting();
            close(pair.connection());
            assertEquals(0, OpenFiles.holding(cookie));
            assertThrows(ClosedChannelException.class, reading::result);
        }
    }

    @Test
    void oneThreadMayCloseWhileAnotherIsQuiet() throws Exception {
        try (ConnectionPair pair = open()) {
            long cookie = pair.cookie();
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            quiet.awaitWaiting();
            close(pair.connection());
            assertEquals(0, OpenFiles.holding(cookie));
            assertTrue(quiet.result(), "there is the end to read");
            assertThrows(ClosedChannelException.class, () -> pair.connection().quiet(NOTHING));
        }
    }

    @Test
    void closingTwiceIsClosingOnce() throws Exception {
        try (ConnectionPair pair = open()) {
            pair.client().shutdownOutput();
            close(pair.connection());
            close(pair.connection());
            assertEquals(0, connections.active());
        }
    }

    @Test
    void closingAndCuttingInTheSameInstantHarmNobodyElse() throws Exception {
        Random random = new Random(4712);
        try (ConnectionPair bystander = open()) {
            Attempt<Boolean> waiting = Attempt.of(() -> bystander.connection().quiet(NOTHING));
            for (int round = 0; round < 500; round++) {
                ConnectionPair pair = open();
                Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
                for (int spin = random.nextInt(20_000); spin > 0; spin--) {
                    Thread.onSpinWait();
                }
                Attempt<Optional<String>> cutting =
                        Attempt.of(() -> pair.connection().cut());
                pair.client().close();
                close(pair.connection());
                cutting.result();
                assertEndsOrIsClosed(quiet);
            }
            assertFalse(waiting.isDone());
            bystander.client().getOutputStream().write(1);
            assertTrue(waiting.result());
        }
    }

    private static void assertEndsOrIsClosed(Attempt<Boolean> quiet) throws Exception {
        try {
            assertTrue(quiet.result());
        } catch (IOException e) {
            assertInstanceOf(ClosedChannelException.class, e);
        }
    }

    // ---- quiet ----

    @Test
    void quietEndsWithTheClientsNextByteOrWithItsEnd() throws Exception {
        try (ConnectionPair pair = open()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            quiet.awaitWaiting();
            assertEquals(1, connections.idle());
            assertEquals(0, connections.active());
            pair.client().getOutputStream().write(7);
            assertTrue(quiet.result());
            assertEquals(1, connections.active());
            assertEquals(7, pair.connection().input().read());
            pair.client().shutdownOutput();
            assertTrue(pair.connection().quiet(NOTHING));
            assertEquals(-1, pair.connection().input().read());
        }
    }

    @Test
    void aStateTooLargeToTravelIsRefusedLongBeforeTheDrain() throws Exception {
        try (ConnectionPair pair = open()) {
            byte[] tooLarge = new byte[64 * 1024 + 1];
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class, () -> pair.connection().quiet(tooLarge));
            assertEquals("at most 65536 bytes of state can travel, not 65537", refused.getMessage());
            pair.client().close();
        }
    }

    @Test
    void aDrainWithoutANextWorkerLeavesQuietConnectionsQuiet() throws Exception {
        try (ConnectionPair pair = open()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            connections.drain(new Drain(System.nanoTime() + PATIENCE.toNanos(), Optional.empty()));
            quiet.awaitWaiting();
            assertFalse(quiet.isDone());
            assertTrue(pair.connection().isDraining());
            pair.client().getOutputStream().write(7);
            assertTrue(quiet.result());
            pair.client().close();
        }
    }

    // ---- on the way to the next worker ----

    @Test
    void aConnectionThatIsTakenLivesOnThere() throws Exception {
        byte[] state = "counter=7".getBytes(StandardCharsets.US_ASCII);
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(state));
            quiet.awaitWaiting();
            connections.drain(next.drain(PATIENCE));
            try (Fd there = next.offered("line", state)) {
                next.say(new Message.Taken(1));
                assertFalse(quiet.result());
                assertEquals(1, connections.handedOver());
                assertTrue(connections.awaitDrained(Duration.ZERO));
                close(pair.connection()); // what a program may well do, and must not harm
                assertAlive(there, pair.client());
                assertEquals(List.of(), connections.cut());
            }
        }
    }

    @Test
    void aConnectionThatIsDeclinedStaysAndIsServed() throws Exception {
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            connections.drain(next.drain(PATIENCE));
            next.offered("line", NOTHING).close();
            next.say(new Message.Declined(1, "no room"));
            quiet.awaitWaiting();
            assertEquals(0, connections.handedOver());
            pair.client().getOutputStream().write(7);
            assertTrue(quiet.result());
            assertEquals(7, pair.connection().input().read());
            pair.connection().output().write(8);
            assertEquals(8, pair.client().getInputStream().read());
            pair.client().close();
        }
    }

    @Test
    void aConnectionThatThereIsNoDescriptorToOfferWithStaysAndIsServed() throws Exception {
        NoDescriptors.rehearse();
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker();
                Fd some = Libc.duplicate(pair.fd())) {
            pair.client().getOutputStream().write(6);
            assertTrue(Attempt.of(() -> pair.connection().quiet(NOTHING)).result());
            assertEquals(6, pair.connection().input().read());
            connections.drain(next.drain(PATIENCE));
            NoDescriptors none = NoDescriptors.left(some);
            try {
                Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
                pair.client().getOutputStream().write(7);
                assertTrue(quiet.result());
            } finally {
                none.free();
            }
            assertEquals(7, pair.connection().input().read());
            assertEquals(0, connections.handedOver());
            pair.client().shutdownOutput();
        }
    }

    @Test
    void aConnectionStaysWhenTheNextWorkerDiesWithoutAnAnswer() throws Exception {
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            connections.drain(next.drain(PATIENCE));
            next.offered("line", NOTHING).close();
            next.die();
            pair.client().getOutputStream().write(7);
            assertTrue(quiet.result());
            assertEquals(7, pair.connection().input().read());
            Attempt<Boolean> again = Attempt.of(() -> pair.connection().quiet(NOTHING));
            pair.client().shutdownOutput();
            assertTrue(again.result());
        }
    }

    /** What was written before the death counts: the next worker may have served it. */
    @Test
    void aConnectionIsGoneWhenTheNextWorkerDiesRightAfterItsAnswer() throws Exception {
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            connections.drain(next.drain(PATIENCE));
            next.offered("line", NOTHING).close();
            next.say(new Message.Taken(1));
            next.die();
            assertFalse(quiet.result());
            assertEquals(-1, pair.client().getInputStream().read());
        }
    }

    @Test
    void anAnswerThatDoesNotComeByTheDeadlineLeavesTheClientToTheNextWorker() throws Exception {
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            quiet.awaitWaiting();
            connections.drain(next.drain(Duration.ofMillis(50)));
            try (Fd there = next.offered("line", NOTHING)) {
                IOException unknown = assertThrows(IOException.class, quiet::result);
                assertTrue(unknown.getMessage().contains("did not say"), unknown.getMessage());
                close(pair.connection()); // as a program does after an exception
                assertAlive(there, pair.client());
            }
        }
    }

    @Test
    void aCutOnTheWayLeavesTheClientToTheNextWorker() throws Exception {
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            connections.drain(next.drain(PATIENCE));
            try (Fd there = next.offered("line", NOTHING)) {
                List<String> cut = connections.cut();
                assertEquals(1, cut.size());
                assertTrue(cut.get(0).endsWith("on its way to the next worker"), cut.get(0));
                assertThrows(IOException.class, quiet::result);
                close(pair.connection());
                assertAlive(there, pair.client());
                next.say(new Message.Taken(1)); // late
            }
        }
    }

    @Test
    void aDeadlineThatDrawsNearerEndsTheWaitForAnAnswer() throws Exception {
        try (ConnectionPair pair = open();
                NextWorker next = new NextWorker()) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(NOTHING));
            Drain drain = next.drain(PATIENCE);
            Attempt<List<String>> drained = Attempt.of(() -> {
                java.util.concurrent.CompletableFuture<List<String>> over =
                        new java.util.concurrent.CompletableFuture<>();
                new DrainRun(drain, List.of(connections), over::complete).start();
                return over.get();
            });
            try (Fd there = next.offered("line", NOTHING)) {
                drain.shorten(Duration.ZERO);
                drain.shorten(PATIENCE); // no nearer
                assertEquals(1, drained.result().size());
                assertThrows(IOException.class, quiet::result);
                close(pair.connection());
                assertAlive(there, pair.client());
            }
        }
    }

    // ---- what the tests stand on ----

    private ConnectionPair open() throws IOException {
        return ConnectionPair.open(connections);
    }

    private static Void close(TrackedConnection connection) throws IOException {
        connection.close();
        return null;
    }

    /** Whoever has the descriptor can talk with the client, who has noticed nothing. */
    private static void assertAlive(Fd there, Socket client) throws IOException {
        try (Fd duplicate = there.duplicate()) {
            AdoptedChannel adopted = AdoptedChannel.of(duplicate);
            try (java.nio.channels.SocketChannel channel = adopted.channel()) {
                assertEquals(client.getLocalSocketAddress(), adopted.remote());
                channel.write(java.nio.ByteBuffer.wrap(new byte[] {1}));
                assertEquals(1, client.getInputStream().read());
                client.getOutputStream().write(2);
                java.nio.ByteBuffer heard = java.nio.ByteBuffer.allocate(1);
                channel.read(heard);
                assertArrayEquals(new byte[] {2}, heard.array());
            }
        }
    }

    /** The next worker, who does what the test says. */
    private static final class NextWorker implements Closeable {
        private final Handover handover;
        private final HandoverChannel channel;

        NextWorker() throws IOException {
            Fd[] pair = Libc.socketPair();
            handover = new Handover(new HandoverChannel(pair[0]));
            channel = new HandoverChannel(pair[1]);
        }

        Drain drain(Duration atMost) {
            return new Drain(System.nanoTime() + atMost.toNanos(), Optional.of(handover));
        }

        /** The descriptor of the next offer, which must be this one. */
        Fd offered(String listener, byte[] state) throws IOException {
            byte[] came = NOTHING;
            while (true) {
                HandoverChannel.Envelope envelope = channel.receive(PATIENCE);
                if (envelope.message() instanceof Message.State part) {
                    came = java.util.Base64.getDecoder().decode(part.base64());
                    continue;
                }
                Message.Offer offer = assertInstanceOf(Message.Offer.class, envelope.message());
                assertEquals(listener, offer.listener());
                assertArrayEquals(state, came);
                return envelope.fds().get(0);
            }
        }

        void say(Message message) throws IOException {
            channel.send(message, PATIENCE);
        }

        void die() {
            channel.close();
        }

        @Override
        public void close() {
            handover.close();
            channel.close();
        }
    }
}
