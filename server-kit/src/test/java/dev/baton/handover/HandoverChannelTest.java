package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.HandoverChannel.Envelope;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandoverChannelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private OpenFiles before;

    @BeforeEach
    void remember() {
        before = OpenFiles.now();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        before.assertNothingIsLeft();
    }

    // ---- descriptors ----

    @Test
    void aPassedDescriptorAcceptsAConnection() throws Exception {
        try (Channels channels = Channels.open();
                Fd listener = listener()) {
            channels.left.send(new Message.Accept(), List.of(listener), PATIENCE);
            close(listener);

            Fd received = channels.right.receive(PATIENCE).fds().get(0);
            InetSocketAddress address = Libc.localInetAddress(received.number()).orElseThrow();
            try (received;
                    SocketChannel client = SocketChannel.open(address);
                    Fd accepted = acceptOne(received)) {
                assertEquals(
                        client.getLocalAddress(),
                        Libc.remoteAddress(accepted.number()).orElseThrow());
            }
        }
    }

    @Test
    void closingOneHolderLeavesTheOtherAccepting() throws Exception {
        int connections = 1000;
        List<SocketChannel> clients = new ArrayList<>();
        try (Channels channels = Channels.open();
                Fd first = listener()) {
            InetSocketAddress address = Libc.localInetAddress(first.number()).orElseThrow();
            channels.left.send(new Message.Accept(), List.of(first), PATIENCE);
            try (Fd second = channels.right.receive(PATIENCE).fds().get(0)) {
                for (int i = 0; i < connections; i++) {
                    clients.add(SocketChannel.open(address));
                }

                close(first);

                for (int i = 0; i < connections; i++) {
                    try (Fd accepted = acceptOne(second)) {
                        Wire.write(accepted, new byte[] {42});
                    }
                }
                for (SocketChannel client : clients) {
                    assertEquals(42, readToEnd(client));
                }
            }
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void receivedDescriptorsAreCloseOnExec() throws Exception {
        try (Channels channels = Channels.open();
                Fd listener = listener()) {
            channels.left.send(new Message.Accept(), List.of(listener, listener), PATIENCE);
            Envelope envelope = channels.right.receive(PATIENCE);
            try {
                for (Fd fd : envelope.fds()) {
                    assertTrue(OpenFiles.isCloseOnExecute(fd), "O_CLOEXEC of " + fd);
                }
            } finally {
                envelope.closeFds();
            }
        }
    }

    @Test
    void asManyDescriptorsAsTheKernelTakesPassInOneMessage() throws Exception {
        List<Fd> sent = new ArrayList<>();
        try (Channels channels = Channels.open();
                Fd listener = listener()) {
            for (int i = 0; i < HandoverChannel.MOST_FDS; i++) {
                sent.add(listener.duplicate());
            }
            channels.left.send(new Message.Accept(), sent, PATIENCE);
            Envelope envelope = channels.right.receive(PATIENCE);
            try {
                assertEquals(253, envelope.fds().size());
                long cookie = Libc.socketCookie(listener.number());
                for (Fd fd : envelope.fds()) {
                    assertEquals(cookie, Libc.socketCookie(fd.number()));
                }
            } finally {
                envelope.closeFds();
            }
        } finally {
            sent.forEach(Fd::close);
        }
    }

    @Test
    void oneDescriptorMoreIsRefusedAndHarmsNothing() throws Exception {
        try (Channels channels = Channels.open();
                Fd listener = listener()) {
            List<Fd> tooMany = new ArrayList<>();
            for (int i = 0; i <= HandoverChannel.MOST_FDS; i++) {
                tooMany.add(listener);
            }
            IOException refused =
                    assertThrows(IOException.class, () -> channels.left.send(new Message.Accept(), tooMany, PATIENCE));
            assertTrue(refused.getMessage().contains("254 descriptors"), refused.getMessage());

            channels.left.send(new Message.Ready(), PATIENCE);
            assertEquals(new Message.Ready(), channels.right.receive(PATIENCE).message());
        }
    }

    @Test
    void descriptorsThatWereCutOffAreAnErrorAndNoneIsLeftOpen() throws Exception {
        try (Wire wire = Wire.open(PATIENCE, 1);
                Fd listener = listener()) {
            wire.write(Wire.frame("TYPE=accept\n"), listener, listener, listener);
            IOException cut =
                    assertThrows(IOException.class, () -> wire.channel().receive(PATIENCE));
            assertTrue(cut.getMessage().contains("MSG_CTRUNC"), cut.getMessage());
            assertEquals(1, OpenFiles.holding(Libc.socketCookie(listener.number())));
        }
    }

    @Test
    void descriptorsWithARefusedFrameAreClosed() throws Exception {
        try (Wire wire = Wire.open();
                Fd listener = listener()) {
            wire.write(Wire.frame("PID=1\n"), listener, listener);
            assertThrows(IOException.class, () -> wire.channel().receive(PATIENCE));
            assertEquals(1, OpenFiles.holding(Libc.socketCookie(listener.number())));
        }
    }

    @Test
    void moreDescriptorsThanOneMessageMayHaveAreRefusedAlsoInSeveralPieces() throws Exception {
        try (Wire wire = Wire.open();
                Fd listener = listener()) {
            Fd[] many = new Fd[200];
            Arrays.fill(many, listener);
            byte[] frame = Wire.frame("TYPE=accept\n");
            wire.write(Arrays.copyOf(frame, 6), many);
            wire.write(Arrays.copyOfRange(frame, 6, frame.length), many);
            assertThrows(IOException.class, () -> wire.channel().receive(PATIENCE));
            assertEquals(1, OpenFiles.holding(Libc.socketCookie(listener.number())));
        }
    }

    /** The memory of message headers must live as long as the call: with jnr-posix a loop like this one crashed. */
    @Test
    void aHundredThousandDescriptorsPassUnderGarbageCollection() throws Exception {
        int channelsInTurn = 500;
        int passesEach = 200;
        AtomicBoolean done = new AtomicBoolean();
        Thread garbage = new Thread(() -> makeGarbage(done), "garbage");
        garbage.start();
        try (Fd listener = listener()) {
            long cookie = Libc.socketCookie(listener.number());
            for (int c = 0; c < channelsInTurn; c++) {
                try (Channels channels = Channels.open()) {
                    for (int i = 0; i < passesEach; i++) {
                        channels.left.send(new Message.Taken(i), List.of(listener), PATIENCE);
                        Envelope envelope = channels.right.receive(PATIENCE);
                        try (Fd fd = envelope.fds().get(0)) {
                            assertEquals(new Message.Taken(i), envelope.message());
                            assertEquals(cookie, Libc.socketCookie(fd.number()));
                        }
                    }
                }
            }
            assertEquals(1, OpenFiles.holding(cookie));
        } finally {
            done.set(true);
            garbage.join();
        }
    }

    private static void makeGarbage(AtomicBoolean done) {
        List<byte[]> some = new ArrayList<>();
        for (int i = 0; !done.get(); i++) {
            some.add(new byte[64 * 1024]);
            if (some.size() > 64) {
                some.clear();
            }
            if (i % 10_000 == 0) {
                System.gc();
            }
        }
    }

    // ---- frames ----

    @Test
    void theLongestFramePasses() throws Exception {
        try (Channels channels = Channels.open()) {
            int rest = HandoverChannel.LONGEST_FRAME
                    - new Message.State("").encode().length();
            Message longest = new Message.State("x".repeat(rest));
            CompletableFuture<Void> sent = send(channels.left, longest);
            assertEquals(longest, channels.right.receive(PATIENCE).message());
            sent.get();
        }
    }

    @Test
    void aMessageTooLongForAFrameIsRefusedAndHarmsNothing() throws Exception {
        try (Channels channels = Channels.open()) {
            Message tooLong = new Message.State("x".repeat(HandoverChannel.LONGEST_FRAME));
            IOException refused = assertThrows(IOException.class, () -> channels.left.send(tooLong, PATIENCE));
            assertTrue(refused.getMessage().contains("too large for a frame"), refused.getMessage());

            channels.left.send(new Message.Ready(), PATIENCE);
            assertEquals(new Message.Ready(), channels.right.receive(PATIENCE).message());
        }
    }

    @Test
    void anOverlongFrameIsRefusedByItsLengthAlone() throws Exception {
        assertRefused(length(HandoverChannel.LONGEST_FRAME + 1), "65537 bytes");
        assertRefused(length(Integer.MAX_VALUE), "2147483647 bytes");
    }

    @Test
    void aNegativeLengthIsRefused() throws Exception {
        assertRefused(length(-1), "4294967295 bytes");
        assertRefused(length(Integer.MIN_VALUE), "2147483648 bytes");
    }

    @Test
    void textThatIsNoMessageIsRefused() throws Exception {
        assertRefused(Wire.frame(""), "KEY=");
        assertRefused(Wire.frame("GET / HTTP/1.1\n"), "KEY=");
        assertRefused(Wire.frame("=\n"), "KEY=");
        assertRefused(Wire.frame("PID=1\n"), "without TYPE");
        assertRefused(new byte[] {0, 0, 0, 2, (byte) 0xff, (byte) 0xfe}, "KEY=");
    }

    @Test
    void theEndBetweenTwoFramesIsAnEnd() throws Exception {
        try (Wire wire = Wire.open()) {
            wire.write(Wire.frame("TYPE=ready\n"));
            wire.peer().close();
            assertEquals(new Message.Ready(), wire.channel().receive(PATIENCE).message());
            assertThrows(EOFException.class, () -> wire.channel().receive(PATIENCE));
        }
    }

    @Test
    void aPeerThatClosesInTheMiddleOfAFrameIsAnError() throws Exception {
        byte[] frame = Wire.frame("TYPE=ready\n");
        for (int length = 1; length < frame.length; length++) {
            try (Wire wire = Wire.open();
                    Fd listener = listener()) {
                wire.write(Arrays.copyOf(frame, length), listener);
                wire.peer().close();
                IOException middle =
                        assertThrows(IOException.class, () -> wire.channel().receive(PATIENCE));
                assertFalse(middle instanceof EOFException, "after " + length + " bytes");
                assertTrue(middle.getMessage().contains("in the middle of a frame"), middle.getMessage());
                assertEquals(1, OpenFiles.holding(Libc.socketCookie(listener.number())));
            }
        }
    }

    @Test
    void aPeerThatStopsInTheMiddleOfAFrameHoldsNobodyForEver() throws Exception {
        byte[] frame = Wire.frame("TYPE=ready\n");
        for (int length : new int[] {1, 3, 4, frame.length - 1}) {
            try (Wire wire = Wire.open(Duration.ofMillis(50), 1);
                    Fd listener = listener()) {
                wire.write(Arrays.copyOf(frame, length), listener);
                IOException stopped =
                        assertThrows(IOException.class, () -> wire.channel().receive());
                assertTrue(stopped.getMessage().contains("stopped in the middle"), stopped.getMessage());
                assertEquals(1, OpenFiles.holding(Libc.socketCookie(listener.number())));
            }
        }
    }

    @Test
    void aFrameInManyPiecesIsWhole() throws Exception {
        Message message = new Message.Bound("http", "127.0.0.1:8080");
        try (Wire wire = Wire.open()) {
            for (byte b : Wire.frame(message.encode())) {
                wire.write(new byte[] {b});
            }
            assertEquals(message, wire.channel().receive(PATIENCE).message());
        }
    }

    @Test
    void noFrameWithinTheTimeIsAnErrorAfterWhichTheChannelStillWorks() throws Exception {
        try (Channels channels = Channels.open()) {
            IOException none = assertThrows(IOException.class, () -> channels.right.receive(Duration.ofMillis(20)));
            assertTrue(none.getMessage().contains("no message within 20 ms"), none.getMessage());

            channels.left.send(new Message.Ready(), PATIENCE);
            assertEquals(new Message.Ready(), channels.right.receive(PATIENCE).message());
        }
    }

    // ---- several threads ----

    @Test
    void framesOfConcurrentSendersDoNotMix() throws Exception {
        int senders = 6;
        int messages = 400;
        try (Channels channels = Channels.open()) {
            List<CompletableFuture<Void>> sending = new ArrayList<>();
            Map<Long, Long> cookies = new HashMap<>();
            List<Fd> sockets = new ArrayList<>();
            for (int s = 0; s < senders; s++) {
                Fd socket = listener();
                sockets.add(socket);
                cookies.put((long) s, Libc.socketCookie(socket.number()));
                long sender = s;
                sending.add(CompletableFuture.runAsync(
                        () -> sendMany(channels.left, sender, messages, socket),
                        command -> new Thread(command, "sender-" + sender).start()));
            }
            Map<Long, Long> next = new HashMap<>();
            for (int i = 0; i < senders * messages; i++) {
                Envelope envelope = channels.right.receive(PATIENCE);
                Message.Offer offer = assertInstanceOf(Message.Offer.class, envelope.message());
                long sender = offer.id() % senders;
                assertEquals(next.getOrDefault(sender, 0L), offer.id() / senders, "in the order of its sender");
                assertEquals(text(offer.id()), offer.protocol());
                assertEquals(1, envelope.fds().size());
                assertEquals(
                        cookies.get(sender),
                        Libc.socketCookie(envelope.fds().get(0).number()));
                envelope.closeFds();
                next.merge(sender, 1L, Long::sum);
                next.computeIfPresent(sender, (key, count) -> offer.id() / senders + 1);
            }
            for (CompletableFuture<Void> one : sending) {
                one.get();
            }
            sockets.forEach(Fd::close);
        }
    }

    private static void sendMany(HandoverChannel channel, long sender, int messages, Fd socket) {
        try {
            for (long i = 0; i < messages; i++) {
                long id = i * 6 + sender;
                channel.send(new Message.Offer(id, "line", text(id)), List.of(socket), PATIENCE);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Some of it longer than a socket takes in one piece. */
    private static String text(long id) {
        return (id + ",").repeat((int) (id % 7 == 0 ? 9000 : id % 50));
    }

    @Test
    void sendingToAPeerThatNeverReadsEndsAtItsDeadline() throws Exception {
        try (Channels channels = Channels.open()) {
            Message large = new Message.State("x".repeat(60_000));
            IOException full = assertThrows(IOException.class, () -> {
                while (true) {
                    channels.left.send(large, Duration.ofMillis(50));
                }
            });
            assertTrue(full.getMessage().contains("the peer reads nothing"), full.getMessage());

            // Half of a frame has gone out: whatever came next would be taken for its rest.
            assertThrows(IOException.class, () -> channels.left.send(new Message.Ready(), PATIENCE));
            IOException end = assertThrows(IOException.class, () -> {
                while (true) {
                    assertEquals(large, channels.right.receive(PATIENCE).message());
                }
            });
            assertFalse(end.getMessage().contains("twice"), end.getMessage());
            // What the peer says can still be heard.
            channels.right.send(new Message.Taken(7), PATIENCE);
            assertEquals(new Message.Taken(7), channels.left.receive(PATIENCE).message());
        }
    }

    @Test
    void closeWakesAReceiverThatSleeps() throws Exception {
        try (Channels channels = Channels.open()) {
            Attempt receiving = Attempt.of("sleepy-receiver", channels.right::receive);
            KernelThread.awaitAsleep(receiving.thread);
            channels.right.close();
            assertInstanceOf(EOFException.class, receiving.failure());
        }
    }

    @Test
    void closeWakesASenderThatSleeps() throws Exception {
        try (Channels channels = Channels.open()) {
            Message large = new Message.State("x".repeat(60_000));
            Attempt sending = Attempt.of("sleepy-sender", () -> {
                while (true) {
                    channels.left.send(large, Duration.ofHours(1));
                }
            });
            KernelThread.awaitAsleep(sending.thread);
            channels.left.close();
            assertInstanceOf(IOException.class, sending.failure());
        }
    }

    @Test
    void closeWakesAReceiverWhateverItIsAboutToDo() throws Exception {
        Random random = new Random(4711);
        for (int round = 0; round < 500; round++) {
            try (Channels channels = Channels.open()) {
                CountDownLatch about = new CountDownLatch(1);
                Attempt receiving = Attempt.of("receiver", () -> {
                    about.countDown();
                    channels.right.receive();
                });
                about.await();
                for (int spin = random.nextInt(20_000); spin > 0; spin--) {
                    Thread.onSpinWait();
                }
                channels.right.close();
                assertInstanceOf(EOFException.class, receiving.failure());
            }
        }
    }

    @Test
    void aClosedChannelSaysSo() throws Exception {
        try (Channels channels = Channels.open()) {
            channels.left.close();
            channels.left.close();
            assertAll(
                    () -> assertThrows(EOFException.class, channels.left::receive),
                    () -> assertThrows(EOFException.class, () -> channels.left.send(new Message.Ready(), PATIENCE)),
                    () -> assertThrows(EOFException.class, () -> channels.right.receive(PATIENCE)));
            channels.left.shutdownOutput();
        }
    }

    @Test
    void aChannelThatSendsNoMoreStillReceives() throws Exception {
        try (Channels channels = Channels.open()) {
            channels.left.shutdownOutput();
            assertThrows(EOFException.class, () -> channels.right.receive(PATIENCE));
            channels.right.send(new Message.Taken(1), PATIENCE);
            assertEquals(new Message.Taken(1), channels.left.receive(PATIENCE).message());
        }
    }

    // ---- whatever comes ----

    @Test
    void randomFramesCauseIoExceptionsAndNothingElse() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed of the random frames: " + seed);
        Random random = new Random(seed);
        try (Fd listener = listener()) {
            long cookie = Libc.socketCookie(listener.number());
            for (int frames = 0; frames < 20_000; ) {
                try (Wire wire = Wire.open(PATIENCE, 1 + random.nextInt(4))) {
                    int together = 1 + random.nextInt(20);
                    for (int i = 0; i < together; i++) {
                        Fd[] fds = new Fd[random.nextInt(3)];
                        Arrays.fill(fds, listener);
                        wire.write(randomFrame(random), fds);
                    }
                    frames += together;
                    wire.peer().close();
                    receiveToTheEnd(wire.channel(), seed);
                }
            }
            assertEquals(1, OpenFiles.holding(cookie), "seed " + seed);
        }
    }

    private static void receiveToTheEnd(HandoverChannel channel, long seed) {
        try {
            while (true) {
                channel.receive(PATIENCE).closeFds();
            }
        } catch (IOException e) {
            assertFalse(e.getMessage().contains("no message within"), "seed " + seed + ": " + e);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static byte[] randomFrame(Random random) {
        byte[] frame = Wire.frame(Examples.any(random).encode());
        switch (random.nextInt(5)) {
            case 0 -> {} // as it should be, so that the next one is looked at too
            case 1 -> frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            case 2 -> frame = Arrays.copyOf(frame, 1 + random.nextInt(frame.length));
            case 3 -> random.nextBytes(frame);
            default -> {
                byte[] noise = new byte[random.nextInt(300)];
                random.nextBytes(noise);
                frame = ByteBuffer.allocate(4 + noise.length)
                        .putInt(noise.length)
                        .put(noise)
                        .array();
            }
        }
        return frame;
    }

    // ---- what the tests stand on ----

    private record Channels(HandoverChannel left, HandoverChannel right) implements AutoCloseable {
        static Channels open() throws IOException {
            Fd[] pair = Libc.socketPair();
            return new Channels(new HandoverChannel(pair[0]), new HandoverChannel(pair[1]));
        }

        @Override
        public void close() {
            left.close();
            right.close();
        }
    }

    /** Something that is tried on a thread of its own, and must fail. */
    private record Attempt(Thread thread, CompletableFuture<Exception> outcome) {
        interface Trial {
            void run() throws Exception;
        }

        static Attempt of(String name, Trial trial) {
            CompletableFuture<Exception> outcome = new CompletableFuture<>();
            Thread thread = new Thread(
                    () -> {
                        try {
                            trial.run();
                            outcome.completeExceptionally(new AssertionError("it did not fail"));
                        } catch (Exception e) {
                            outcome.complete(e);
                        }
                    },
                    name);
            thread.setDaemon(true);
            thread.start();
            return new Attempt(thread, outcome);
        }

        Exception failure() throws Exception {
            return outcome.get(20, java.util.concurrent.TimeUnit.SECONDS);
        }
    }

    private static CompletableFuture<Void> send(HandoverChannel channel, Message message) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        channel.send(message, PATIENCE);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                command -> new Thread(command, "sender").start());
    }

    private static void assertRefused(byte[] bytes, String because) throws IOException {
        try (Wire wire = Wire.open()) {
            wire.write(bytes);
            IOException refused =
                    assertThrows(IOException.class, () -> wire.channel().receive(PATIENCE));
            assertTrue(refused.getMessage().contains(because), refused.getMessage());
        }
    }

    private static byte[] length(int length) {
        return ByteBuffer.allocate(4).putInt(length).array();
    }

    /** Earlier than its try statement would. */
    private static void close(Fd fd) {
        fd.close();
    }

    private static Fd listener() throws IOException {
        return Libc.listen((ListenAddress.Bindable) ListenAddress.parse("127.0.0.1:0"), 4096);
    }

    private static Fd acceptOne(Fd listener) throws IOException {
        assertTrue(Libc.await(listener, Libc.Readiness.READ, PATIENCE), "a connection waits");
        return Libc.accept(listener).orElseThrow();
    }

    private static int readToEnd(SocketChannel client) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16);
        while (client.read(bytes) >= 0) {
            assertTrue(bytes.hasRemaining());
        }
        return bytes.position() == 1 ? bytes.get(0) : -1;
    }
}
