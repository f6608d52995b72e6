package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.Drain;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.frames.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of an HTTP/2 connection, frame by frame (RFC 9113). */
@Timeout(60)
class Http2GoodbyeTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** Of the preface: as much as makes an HTTP/2 connection of one that has begun as HTTP/1.1. */
    private static final int HELLO = PREFACE.indexOf("SM");

    private static final int NO_LAST_STREAM = Integer.MAX_VALUE;
    private static final byte ACK = 1;
    private static final byte END_STREAM = 1;
    private static final byte END_HEADERS = 4;

    /** Its client may have chosen the connection for one before it heard, and its other thread has answered meanwhile. */
    @Test
    void aStreamThatBeginsAfterTheRoundTripIsServed() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                Client client = new Client(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.hello().settings();
            client.get(1);
            client.awaitEndOf(1);
            only.say(new Message.Drain(Duration.ofSeconds(20)));
            assertEquals(NO_LAST_STREAM, client.next(FrameType.GO_AWAY).number(0));
            client.write(FrameType.PING, ACK, 0, client.next(FrameType.PING).payload);
            client.get(3); // in one segment with that
            client.awaitEndOf(3);
            Frame last = client.lastGoAway();
            assertEquals(3, last.number(0));
            assertEquals(ErrorCode.NO_ERROR.code, last.number(4));
            client.halfClose();
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    @Test
    void streamsAreTakenForASecondAndNotForMoreThanHalfOfWhatIsLeft() {
        assertEquals(Duration.ofSeconds(1).toNanos(), Http2Goodbye.pause(drain(Duration.ofMinutes(1))));
        assertTrue(Http2Goodbye.pause(drain(Duration.ofSeconds(1)))
                <= Duration.ofMillis(500).toNanos());
        assertEquals(0, Http2Goodbye.pause(drain(Duration.ZERO)));
    }

    private static Drain drain(Duration atMost) {
        return new Drain(System.nanoTime() + atMost.toNanos(), Optional.empty());
    }

    /** As Jetty has it, too, for one that nobody has told to go. */
    @Test
    void aStreamThatIsQuietForLongerThanConnectionsMayBeIdleIsAnswered() throws Exception {
        Duration idle = Duration.ofMillis(500);
        try (JettyPair jetty = new JettyPair(1).withIdleTimeoutOf(idle);
                Client client = new Client(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.hello().settings();
            client.get(1, "/wait");
            client.next(FrameType.SETTINGS);
            await().until(() -> jetty.asked.contains("/wait")); // one in the backlog would be the next worker's
            only.say(new Message.Drain(Duration.ofSeconds(20)));
            client.next(FrameType.GO_AWAY);
            client.write(FrameType.PING, ACK, 0, client.next(FrameType.PING).payload);
            client.next(FrameType.GO_AWAY); // from now on Jetty treats it as one that goes
            await().pollDelay(idle.multipliedBy(4)).until(() -> true);
            jetty.gate.countDown();
            client.awaitEndOf(1);
            assertEquals(1, client.lastGoAway().number(0));
        }
    }

    @Test
    void aConnectionThatHasNotSaidHelloIsToldBehindTheHello() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                Client client = new Client(jetty.address());
                Client other = new Client(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.write(PREFACE.substring(0, HELLO));
            await().until(() -> jetty.endPoints(1).stream()
                    .anyMatch(its -> its.getConnection() instanceof HTTP2Connection)); // the other is silent so far
            other.hello().settings();
            other.next(FrameType.SETTINGS);
            only.say(new Message.Drain(Duration.ofSeconds(20)));
            other.next(FrameType.GO_AWAY);
            client.write(PREFACE.substring(HELLO));
            client.settings();
            assertEquals(FrameType.SETTINGS, client.next().type);
            assertEquals(NO_LAST_STREAM, client.next(FrameType.GO_AWAY).number(0));
        }
    }

    private record Frame(FrameType type, int flags, int stream, byte[] payload) {
        /** The four bytes there. */
        int number(int offset) {
            return ByteBuffer.wrap(payload).getInt(offset);
        }
    }

    /** What it writes goes out together when it reads. */
    private static final class Client implements AutoCloseable {
        private final Socket socket = new Socket();
        private final DataInputStream in;
        private final DataOutputStream out;

        Client(InetSocketAddress address) throws IOException {
            socket.connect(address, 10_000);
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
        }

        void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }

        Client hello() throws IOException {
            write(PREFACE);
            return this;
        }

        void settings() throws IOException {
            write(FrameType.SETTINGS, (byte) 0, 0, new byte[0]);
        }

        void get(int stream) throws IOException {
            get(stream, "/");
        }

        /** By RFC 7541: GET and http of the static table, the others as they are. */
        void get(int stream, String path) throws IOException {
            String head = "\u0082\u0086\u0041\u0001x\u0044" + (char) path.length() + path;
            byte flags = END_STREAM | END_HEADERS;
            write(FrameType.HEADERS, flags, stream, head.getBytes(StandardCharsets.ISO_8859_1));
        }

        void write(FrameType type, byte flags, int stream, byte[] payload) throws IOException {
            out.writeInt(payload.length << 8 | type.getType());
            out.writeByte(flags);
            out.writeInt(stream);
            out.write(payload);
        }

        Frame next() throws IOException {
            out.flush();
            int head = in.readInt();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = in.readNBytes(head >>> 8);
            if (payload.length < head >>> 8) {
                throw new EOFException("within a frame");
            }
            return new Frame(FrameType.from(head & 0xff), flags, stream, payload);
        }

        Frame next(FrameType wanted) throws IOException {
            Frame frame;
            do {
                frame = next();
            } while (frame.type != wanted);
            return frame;
        }

        /** The one that names its last stream. */
        Frame lastGoAway() throws IOException {
            Frame frame;
            do {
                frame = next(FrameType.GO_AWAY);
            } while (frame.number(0) == NO_LAST_STREAM);
            return frame;
        }

        /** Fails where the connection ends before. */
        void awaitEndOf(int stream) throws IOException {
            Frame frame;
            do {
                frame = next();
            } while (frame.stream != stream || (frame.flags & END_STREAM) == 0);
        }

        void halfClose() throws IOException {
            out.flush();
            socket.shutdownOutput();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
