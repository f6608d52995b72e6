package dev.baton.kit.jetty;

import dev.baton.kit.connection.RateLimit;
import dev.baton.kit.connection.SharedLink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ProxyConnectionFactory.ProxyEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * An end point whose bytes pass a shared link, without a thread that waits for it: what is written goes out piece by
 * piece, each when its turn has come; what is read is read when what was read before has passed.
 */
final class RateLimitedEndPoint extends ProxyEndPoint {
    private final SharedLink received;
    private final SharedLink sent;
    private final Scheduler scheduler;
    private final Executor executor;
    private final AtomicReference<Passage> passage = new AtomicReference<>();
    private volatile long readableAt;
    private volatile boolean waitsToRead;

    RateLimitedEndPoint(EndPoint endPoint, RateLimit limit, Scheduler scheduler, Executor executor) {
        super(endPoint, endPoint.getLocalSocketAddress(), endPoint.getRemoteSocketAddress());
        this.received = limit.received();
        this.sent = limit.sent();
        this.scheduler = scheduler;
        this.executor = executor;
        this.readableAt = received.now();
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (readableAt - received.now() > 0) {
            return 0;
        }
        int filled = super.fill(buffer);
        if (filled > 0) {
            readableAt = received.pass(filled);
        }
        return filled;
    }

    @Override
    public void fillInterested(Callback callback) {
        long wait = readableAt - received.now();
        if (wait <= 0) {
            super.fillInterested(callback);
            return;
        }
        waitsToRead = true;
        later(wait, () -> {
            waitsToRead = false;
            super.fillInterested(callback);
        });
    }

    @Override
    public boolean tryFillInterested(Callback callback) {
        if (isFillInterested()) {
            return false;
        }
        fillInterested(callback);
        return true;
    }

    @Override
    public boolean isFillInterested() {
        return waitsToRead || super.isFillInterested();
    }

    /** Sends nothing at once: who cannot flush calls {@link #write}, which can wait for its turn. */
    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        return BufferUtil.isEmpty(buffers) && super.flush(buffers);
    }

    @Override
    public void write(Callback callback, ByteBuffer... buffers) {
        if (BufferUtil.isEmpty(buffers)) {
            super.write(callback, buffers);
            return;
        }
        Passage begun = new Passage(callback, buffers);
        passage.set(begun);
        begun.iterate();
    }

    @Override
    public Callback cancelWrite(Throwable cause) {
        Callback below = super.cancelWrite(cause);
        Passage waiting = passage.get();
        return below != null ? below : waiting;
    }

    private void writeBelow(Callback callback, ByteBuffer piece) {
        super.write(callback, piece);
    }

    private void later(long nanos, Runnable task) {
        scheduler.schedule(() -> executor.execute(task), nanos, TimeUnit.NANOSECONDS);
    }

    /** One write, on its way piece by piece. */
    private final class Passage extends IteratingCallback {
        private final Callback callback;
        private final ByteBuffer[] buffers;

        Passage(Callback callback, ByteBuffer[] buffers) {
            this.callback = callback;
            this.buffers = buffers;
        }

        @Override
        protected Action process() {
            for (ByteBuffer buffer : buffers) {
                if (buffer.hasRemaining()) {
                    pass(buffer);
                    return Action.SCHEDULED;
                }
            }
            return Action.SUCCEEDED;
        }

        private void pass(ByteBuffer buffer) {
            int length = Math.min(buffer.remaining(), sent.piece());
            ByteBuffer piece = buffer.slice(buffer.position(), length);
            buffer.position(buffer.position() + length);
            long wait = sent.pass(length) - sent.now();
            if (wait <= 0) {
                writeBelow(this, piece);
            } else {
                later(wait, () -> {
                    if (!isFailed() && !isAborted()) {
                        writeBelow(this, piece);
                    }
                });
            }
        }

        @Override
        protected void onCompleteSuccess() {
            passage.compareAndSet(this, null);
            callback.succeeded();
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            passage.compareAndSet(this, null);
            callback.failed(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return callback.getInvocationType();
        }
    }
}
