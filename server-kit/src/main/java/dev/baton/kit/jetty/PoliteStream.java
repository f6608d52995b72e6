package dev.baton.kit.jetty;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * An HTTP/1 exchange that can be ended politely. While the worker drains, its response says {@code Connection: close}
 * if the connection cannot move; at the deadline, a response without end (server-sent events, a chunked stream) gets
 * its last chunk, so that the client sees an end and no break.
 *
 * <p>Threading: one monitor; what the application sends and our end of it exclude each other. A response that is said
 * at once needs none: there is nothing of it that could be ended. It may be followed from the middle of its response on;
 * then what the generator says counts.
 */
final class PoliteStream extends Exchange {
    /** A write that takes longer waits for a client that does not read. */
    private static final Duration STUCK = Duration.ofMillis(250);

    private final JettyConnections connections;
    private MetaData.Request requestHead;
    /** Something was sent, and more was to come. Written and read by who sends, one thread after the other. */
    private boolean begun;

    private final boolean committed;

    private boolean chunked;
    private boolean sending;
    private boolean ended;
    /** What waits for a write to come to its end; {@code null} while nobody does. */
    private CompletableFuture<Void> writing;

    /** @param committed whether the head of its response is on its way already */
    PoliteStream(HttpStream stream, Request request, boolean committed, JettyConnections connections) {
        super(stream, request, connections);
        this.connections = connections;
        this.committed = committed;
        this.begun = committed;
    }

    @Override
    public void send(
            MetaData.Request head, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
        if (last && !begun) {
            super.send(head, polite(response), true, content, callback);
            return;
        }
        begun = true;
        synchronized (this) {
            if (!ended) {
                sending = !last;
                requestHead = head;
                ended = last;
                if (response != null && response.getStatus() >= 200) {
                    chunked = response.getHttpFields().get(HttpHeader.CONTENT_LENGTH) == null && !last;
                }
            } else if (!last || response != null || BufferUtil.hasContent(content)) {
                callback.failed(new EofException("the worker's drain is over"));
                return;
            }
        }
        Callback whenSent = last ? callback : Callback.from(this::onSent, callback);
        super.send(head, polite(response), last, content, whenSent);
    }

    private void onSent() {
        CompletableFuture<Void> waiting;
        synchronized (this) {
            sending = false;
            waiting = writing;
        }
        if (waiting != null) {
            waiting.complete(null);
        }
    }

    /** Sends the last chunk of a response without end: behind what is being written, unless that is stuck. */
    @Override
    CompletableFuture<Void> cut() {
        synchronized (this) {
            if (ended || !isWithoutEnd()) {
                return null;
            }
            ended = true;
            if (sending) {
                writing = new CompletableFuture<>();
                return writing.orTimeout(STUCK.toMillis(), TimeUnit.MILLISECONDS)
                        .thenCompose(written -> sendLastChunk());
            }
        }
        return sendLastChunk();
    }

    private boolean isWithoutEnd() {
        return chunked
                || committed
                        && connection() instanceof HttpConnection http
                        && http.getGenerator().isChunking();
    }

    private CompletableFuture<Void> sendLastChunk() {
        Callback.Completable sent = new Callback.Completable();
        super.send(requestHead, null, true, BufferUtil.EMPTY_BUFFER, sent);
        return sent;
    }

    /** With {@code Connection: close}, where the connection is to end with it. */
    private MetaData.Response polite(MetaData.Response response) {
        if (!connections.mustEnd(this) || response == null || response.getStatus() < 200) {
            return response; // content, or an interim response: the head of this response is another
        }
        return new MetaData.Response(
                response.getStatus(),
                response.getReason(),
                response.getHttpVersion(),
                HttpFields.build(response.getHttpFields()).put(HttpHeader.CONNECTION, "close"),
                response.getContentLength(),
                response.getTrailersSupplier());
    }
}
