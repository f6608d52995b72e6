package dev.baton.kit.jetty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The moment of the deadline, in which the application may just be writing. */
@Timeout(30)
class PoliteStreamTest {
    private static final MetaData.Response CHUNKED =
            new MetaData.Response(200, null, HttpVersion.HTTP_1_1, HttpFields.EMPTY);

    private final Wire wire = new Wire();
    private final PoliteStream stream = new PoliteStream(wire, null, false, new JettyConnections(new Server()));

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
    void writeThatIsStuckIsNotWaitedForLong() {
        write("one");
        ExecutionException stuck =
                assertThrows(ExecutionException.class, () -> stream.cut().get(10, TimeUnit.SECONDS));
        assertTrue(stuck.getCause() instanceof TimeoutException, stuck::toString);
        assertEquals(List.of("one"), wire.written);
        wire.finish();
        assertEquals(List.of("one"), wire.written, "nobody ends it any more");
    }

    @Test
    void whatTheApplicationWritesAfterItsEndFails() {
        write("one");
        wire.finish();
        assertFalse(stream.cut().isDone());
        CompletableFuture<Void> late = write("two");
        assertTrue(late.isCompletedExceptionally());
        assertEquals(List.of("one", "LAST"), wire.written);
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
            Callback finished = pending;
            pending = null;
            finished.succeeded();
        }
    }
}
