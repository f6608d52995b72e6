package dev.baton.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LineServiceTest {
    private static final Identity OLD = new Identity("v1", 1, 100);
    private static final Identity NEW = new Identity("v2", 2, 200);

    @Test
    void everyLineComesBackBehindTheName() throws Exception {
        everyLineComesBack(PlainFooting::new);
    }

    @Test
    void everyLineComesBackOnTheKitAlone() throws Exception {
        everyLineComesBack(() -> new KitFooting(null));
    }

    private static void everyLineComesBack(Callable<Footing> footing) throws Exception {
        try (RunningDemo demo = RunningDemo.start(footing, false);
                Socket client = new Socket("127.0.0.1", demo.address("line").getPort())) {
            client.getOutputStream().write("hello\nwörld\n".getBytes(UTF_8));
            client.shutdownOutput();
            assertEquals(
                    "v7 gen=0: hello\nv7 gen=0: wörld\n",
                    new String(client.getInputStream().readAllBytes(), UTF_8));
        }
    }

    @Test
    void linesAreCountedWhereAskedFor() throws Exception {
        FakeConnection connection = new FakeConnection(new byte[0], "a\nb\n", Integer.MAX_VALUE);
        assertTrue(new LineConversation(OLD, true, connection).run());
        assertEquals("v1 gen=1 line=1: a\nv1 gen=1 line=2: b\n", connection.answers());
    }

    @Test
    void emptyLineAndBeginningOfALineAtTheEnd() throws Exception {
        FakeConnection connection = new FakeConnection(new byte[0], "\nab", Integer.MAX_VALUE);
        assertTrue(new LineConversation(OLD, false, connection).run());
        assertEquals("v1 gen=1: \n", connection.answers());
    }

    @Test
    void nextVersionGoesOnInTheMiddleOfALine() throws Exception {
        String said = "one\ntwo\nthree\n";
        for (int moved = 0; moved < said.length(); moved++) {
            FakeConnection before = new FakeConnection(new byte[0], said, moved);
            assertFalse(new LineConversation(OLD, true, before).run());
            FakeConnection after = new FakeConnection(before.state, said.substring(moved), Integer.MAX_VALUE);
            assertTrue(new LineConversation(NEW, true, after).run());
            String all = before.answers() + after.answers();
            assertEquals(
                    "line=1: one\nline=2: two\nline=3: three\n",
                    all.replace("v1 gen=1 ", "").replace("v2 gen=2 ", ""));
        }
    }

    @Test
    void lineWithoutEndIsRefused() throws Exception {
        FakeConnection connection = new FakeConnection(new byte[0], "x".repeat(40_000), Integer.MAX_VALUE);
        assertTrue(new LineConversation(OLD, false, connection).run());
        assertEquals("a line is too long\n", connection.answers());
    }

    /** Gives one byte at a time, and moves to the next version after so many. */
    private static final class FakeConnection implements LineConnection {
        private final ByteArrayInputStream said;
        private final ByteArrayOutputStream answered = new ByteArrayOutputStream();
        private final byte[] initial;
        private int untilMove;
        private byte[] state;

        FakeConnection(byte[] initial, String said, int untilMove) {
            this.initial = initial;
            this.said = new ByteArrayInputStream(said.getBytes(UTF_8));
            this.untilMove = untilMove;
        }

        String answers() {
            return answered.toString(UTF_8);
        }

        @Override
        public InputStream input() {
            return new InputStream() {
                @Override
                public int read() {
                    return said.read();
                }

                @Override
                public int read(byte[] into, int offset, int length) {
                    return said.read(into, offset, 1);
                }
            };
        }

        @Override
        public OutputStream output() {
            return answered;
        }

        @Override
        public byte[] state() {
            return initial;
        }

        @Override
        public boolean quiet(byte[] quietState) throws IOException {
            state = quietState;
            return untilMove-- > 0;
        }

        @Override
        public void close() {
            // Nothing to close.
        }
    }
}
