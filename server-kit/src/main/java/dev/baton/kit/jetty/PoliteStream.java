package dev.baton.kit.jetty;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;

/**
 * An HTTP/1 exchange that can be ended politely. While the worker drains, its response says {@code Connection: close}
 * if the connection cannot move; at the deadline, a response without end (server-sent events, a chunked stream) gets
 * its last chunk, so that the client sees an end and no break.
 *
 * <p>A program that goes on writing to a response that was ended is told of that when the last chunk is sent, since it
 * may close the connection then.
 *
 * <p>Threading: one monitor; what the application sends and our end of it exclude each other. A response may be followed
 * from the middle on; then what the generator says counts.
 */
final class PoliteStream extends Exchange {
    private final JettyConnections connections;
    private MetaData.Request requestHead;
    private boolean chunked;
    private boolean sending;
    private boolean ended;
    /** Completes when our own end of the response is sent; {@code null} while its program may go on. */
    private Callback.Completable end;

    PoliteStream(HttpStream stream, Request request, JettyConnections connections) {
        super(stream, request, connections);
        this.connections = connections;
    }

    @Override
    public void send(
            MetaData.Request head, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
        CompletableFuture<Void> cut;
        synchronized (this) {
            cut = end;
            if (cut == null) {
                sending = !last;
                requestHead = head;
                ended = last;
                if (response != null && response.getStatus() >= 200) {
                    chunked = response.getHttpFields().get(HttpHeader.CONTENT_LENGTH) == null && !last;
                }
            }
        }
        if (cut == null) {
            Callback whenSent = last ? callback : Callback.from(this::onSent, callback);
            super.send(head, polite(response), last, content, whenSent);
        } else {
            boolean isNothing = last && response == null && BufferUtil.isEmpty(content);
            tellProgram(cut, isNothing, callback);
        }
    }

    /** On a thread where the callback may block. */
    private void tellProgram(CompletableFuture<Void> cut, boolean succeeds, Callback callback) {
        boolean blocks = callback.getInvocationType() != InvocationType.NON_BLOCKING;
        cut.whenCompleteAsync(
                (sent, failure) -> {
                    if (succeeds && failure == null) {
                        callback.succeeded();
                    } else {
                        callback.failed(new EofException("the worker's drain is over"));
                    }
                },
                blocks ? executor() : Runnable::run);
    }

    private void onSent() {
        synchronized (this) {
            sending = false;
            if (end == null) {
                return;
            }
        }
        sendLastChunk();
    }

    /** Sends the last chunk of a response without end, behind what is being written. */
    @Override
    CompletableFuture<Void> cut() {
        boolean now;
        synchronized (this) {
            if (ended || !isWithoutEnd()) {
                return null;
            }
            ended = true;
            end = new Callback.Completable();
            now = !sending;
        }
        if (now) {
            sendLastChunk();
        }
        return end;
    }

    private boolean isWithoutEnd() {
        return chunked || generator().filter(HttpGenerator::isChunking).isPresent();
    }

    /** And lets the connection end right behind it, or its client would send the next request to nobody. */
    private void sendLastChunk() {
        generator().ifPresent(generator -> generator.setPersistent(false));
        super.send(requestHead, null, true, BufferUtil.EMPTY_BUFFER, end);
    }

    private Optional<HttpGenerator> generator() {
        return connection() instanceof HttpConnection http ? Optional.of(http.getGenerator()) : Optional.empty();
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
