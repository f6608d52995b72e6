package dev.baton.kit.jetty;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.HttpChannelState;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request and its response, from when it is followed to the end of both, which can be made polite. While the worker
 * drains, a response of HTTP/1 says {@code Connection: close} if the connection cannot move; at the deadline, a stream of
 * server-sent events gets its last chunk, or END_STREAM in HTTP/2, so that its client sees an end and no break, and
 * connects again. Any other response that is not over then breaks off, or half of a file would pass for all of it (RFC
 * 9112, section 8): by RST where it ends with its connection, as in HTTP/1.0.
 *
 * <p>A program that goes on writing to a stream that was ended is told of that when the last chunk is sent, since it may
 * close the connection then.
 *
 * <p>Threading: one monitor; what the application sends and our end of it exclude each other.
 */
class Exchange extends HttpStream.Wrapper {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final Request request;
    private final boolean endsItsConnection;
    private final JettyConnections connections;
    private MetaData.Request requestHead;
    private boolean sending;
    private boolean ended;
    /** Completes when our own end of the response is sent; {@code null} while its program may go on. */
    private Callback.Completable end;

    /** @param endsItsConnection whether its connection, where that is to end, ends with it: HTTP/1 */
    Exchange(HttpStream stream, Request request, boolean endsItsConnection, JettyConnections connections) {
        super(stream);
        this.request = request;
        this.endsItsConnection = endsItsConnection;
        this.connections = connections;
    }

    final Connection connection() {
        return request.getConnectionMetaData().getConnection();
    }

    final EndPoint endPoint() {
        return connection().getEndPoint();
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
            }
        }
        if (cut == null) {
            Callback whenSent = last ? callback : Callback.from(this::onSent, callback);
            super.send(head, polite(response, last), last, content, whenSent);
        } else {
            boolean isNothing = last && response == null && BufferUtil.isEmpty(content);
            tellProgram(cut, isNothing, callback);
        }
    }

    /** On a thread where the callback may block. */
    private void tellProgram(CompletableFuture<Void> cut, boolean succeeds, Callback callback) {
        Executor executor = callback.getInvocationType() == InvocationType.NON_BLOCKING
                ? Runnable::run
                : request.getComponents().getExecutor();
        cut.whenCompleteAsync(
                (sent, failure) -> {
                    if (succeeds && failure == null) {
                        callback.succeeded();
                    } else {
                        callback.failed(new EofException("the worker's drain is over"));
                    }
                },
                executor);
    }

    private void onSent() {
        synchronized (this) {
            sending = false;
            if (end == null) {
                return;
            }
        }
        sendEnd();
    }

    /**
     * Ends a stream that would not end by itself, behind what is being written; any other response breaks off when its
     * connection is closed.
     *
     * @return completes when that is said, or cannot be; {@code null} where there is nothing to end
     */
    final CompletableFuture<Void> cut() {
        boolean now;
        if (!isEventStream()) {
            resetAtClose();
            return null;
        }
        synchronized (this) {
            if (ended) {
                return null;
            }
            ended = true;
            end = new Callback.Completable();
            now = !sending;
        }
        if (now) {
            sendEnd();
        }
        return end;
    }

    /** Whether its response has begun and may end at any time, as its clients know. */
    boolean isEventStream() {
        return lengthless()
                .map(response -> response.getHeaders().get(HttpHeader.CONTENT_TYPE))
                .filter(type -> type.toLowerCase(Locale.ROOT).startsWith("text/event-stream"))
                .isPresent();
    }

    /** The response, where it has begun and has not said how long it is. */
    private Optional<Response> lengthless() {
        try {
            return HttpChannel.from(request) instanceof HttpChannelState channel
                    ? Optional.ofNullable(channel.getResponse())
                            .filter(Response::isCommitted)
                            .filter(response -> !response.getHeaders().contains(HttpHeader.CONTENT_LENGTH))
                    : Optional.empty();
        } catch (IllegalStateException e) {
            return Optional.empty(); // it has just ended
        }
    }

    /** Where an orderly close would be the end of the response. */
    private void resetAtClose() {
        if (connection() instanceof HttpConnection http
                && !http.getGenerator().isChunking()
                && !endPoint().isOutputShutdown() // all is said, and may still be on its way
                && endPoint().getTransport() instanceof SocketChannel channel
                && channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER) // a unix socket has no RST
                && lengthless().isPresent()) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                LOG.trace("{} is closed already", connection(), e);
            }
        }
    }

    /** And lets a connection of HTTP/1 end right behind it, or its client would send the next request to nobody. */
    private void sendEnd() {
        if (connection() instanceof HttpConnection http) {
            http.getGenerator().setPersistent(false);
        }
        super.send(requestHead, null, true, BufferUtil.EMPTY_BUFFER, end);
    }

    /**
     * With {@code Connection: close}, where the connection is to end with it. One that does not say how long it is goes on
     * in chunks: Jetty would let it end with the connection, and one that its program gives up would pass for a whole one.
     */
    private MetaData.Response polite(MetaData.Response response, boolean last) {
        if (!endsItsConnection || !connections.mustEnd(this) || response == null || response.getStatus() < 200) {
            return response; // content, or an interim response: the head of this response is another
        }
        HttpFields.Mutable fields = HttpFields.build(response.getHttpFields()).put(HttpHeader.CONNECTION, "close");
        if (!last && response.getContentLength() < 0 && !fields.contains(HttpHeader.TRANSFER_ENCODING)) {
            fields.put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString());
        }
        return new MetaData.Response(
                response.getStatus(),
                response.getReason(),
                response.getHttpVersion(),
                fields,
                response.getContentLength(),
                response.getTrailersSupplier());
    }

    @Override
    public void succeeded() {
        connections.exchanges().end(this);
        super.succeeded();
    }

    @Override
    public void failed(Throwable cause) {
        connections.exchanges().end(this);
        super.failed(cause);
    }
}
