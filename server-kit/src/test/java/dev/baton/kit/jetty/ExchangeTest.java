package dev.baton.kit.jetty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The moment of the deadline, in which the application may just be writing. */
@Timeout(30)
class ExchangeTest {
    private static final MetaData.Response CHUNKED =
            new MetaData.Response(200, null, HttpVersion.HTTP_1_1, HttpFields.EMPTY);

    private final Wire wire = new Wire();
    /** What may block, and waits for a thread of the server's. */
    private final List<Runnable> blocking = new ArrayList<>();

    private final Exchange stream = new Exchange(wire, fake(Request.class), true, new JettyConnections(new Server())) {
        @Override
        boolean isEventStream() {
            return true;
        }
    };

    @Test
    void lastChunkFollowsWhatIsBeingWritten() throws Exception {
        write("one");
        CompletableFuture<Void> cut = stream.cut();
        assertEquals(List.of("one"), wire.written);
        assertFalse(cut.isDone());

        wire.finish();
        assertEquals(List.of("one", "LAST"), wire.written);
        assertFalse(cut.isDone());

        wire.finish();
        cut.get();
    }

    @Test
    void responseThatIsNotBeingWrittenEndsAtOnce() throws Exception {
        write("one");
        wire.finish();
        CompletableFuture<Void> cut = stream.cut();
        assertEquals(List.of("one", "LAST"), wire.written);
        wire.finish();
        cut.get();
    }

    @Test
    void responseWhoseWriteFailsEndsNoBetter() {
        write("one");
        CompletableFuture<Void> cut = stream.cut();
        wire.fail();
        assertEquals(List.of("one", "LAST"), wire.written);
        wire.fail();
        assertTrue(cut.isCompletedExceptionally());
    }

    /** It closes the connection when it learns that it has failed. */
    @Test
    void programThatWritesIsToldOfTheEndWhenThatIsSent() {
        write("one");
        wire.finish();
        stream.cut();
        CompletableFuture<Void> late = write("two");
        assertFalse(late.isDone());
        wire.finish();
        assertTrue(late.isCompletedExceptionally());
        assertEquals(List.of("one", "LAST"), wire.written);
    }

    @Test
    void programThatWritesIsToldOfAnEndThatCannotBeSent() {
        write("one");
        wire.finish();
        stream.cut();
        CompletableFuture<Void> late = write("two");
        wire.fail();
        assertTrue(late.isCompletedExceptionally());
    }

    @Test
    void programThatEndsToo() {
        write("one");
        wire.finish();
        stream.cut();
        Callback.Completable end = new Callback.Completable();
        stream.send(null, null, true, BufferUtil.EMPTY_BUFFER, end);
        assertFalse(end.isDone());
        wire.finish();
        assertTrue(end.isDone() && !end.isCompletedExceptionally());
        assertEquals(List.of("one", "LAST"), wire.written);
    }

    @Test
    void programThatMayBlockIsToldOnAThreadOfItsServer() {
        write("one");
        wire.finish();
        stream.cut();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        stream.send(null, null, false, BufferUtil.toBuffer("two"), Callback.from(() -> {}, failure::set));
        wire.finish();
        assertNull(failure.get());
        blocking.forEach(Runnable::run);
        assertTrue(failure.get() instanceof EofException, String.valueOf(failure.get()));
    }

    @Test
    void responseThatHasEndedNeedsNoEnd() {
        Callback.Completable sent = new Callback.Completable();
        stream.send(null, CHUNKED, true, BufferUtil.toBuffer("all"), sent);
        assertNull(stream.cut());
    }

    @Test
    void responseThatHasEndedInPartsNeedsNoEnd() {
        write("one");
        wire.finish();
        stream.send(null, null, true, BufferUtil.toBuffer("two"), new Callback.Completable());
        assertNull(stream.cut());
        assertEquals(List.of("one", "LAST"), wire.written);
    }

    private CompletableFuture<Void> write(String text) {
        Callback.Completable sent = new Callback.Completable();
        stream.send(null, CHUNKED, false, BufferUtil.toBuffer(text), sent);
        return sent;
    }

    /** All that it leads to is as fake. */
    private <T> T fake(Class<T> type) {
        return type == Executor.class
                ? type.cast((Executor) blocking::add)
                : type.cast(Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> fake(method.getReturnType())));
    }

    /** Writes take until they are finished. */
    private static final class Wire extends HttpStream.Wrapper {
        private final List<String> written = new ArrayList<>();
        private Callback pending;

        Wire() {
            super(null);
        }

        @Override
        public void send(
                MetaData.Request request,
                MetaData.Response response,
                boolean last,
                ByteBuffer content,
                Callback callback) {
            written.add(last ? "LAST" : BufferUtil.toString(content));
            pending = callback;
        }

        void finish() {
            taken().succeeded();
        }

        void fail() {
            taken().failed(new EofException());
        }

        private Callback taken() {
            Callback taken = pending;
            pending = null;
            return taken;
        }
    }
}
