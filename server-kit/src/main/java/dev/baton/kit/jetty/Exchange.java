package dev.baton.kit.jetty;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;

/** A request and its response, from the first handler to the end of both. */
class Exchange extends HttpStream.Wrapper {
    private final Request request;
    private final JettyConnections connections;
    private int status;

    Exchange(HttpStream stream, Request request, JettyConnections connections) {
        super(stream);
        this.request = request;
        this.connections = connections;
    }

    final Connection connection() {
        return request.getConnectionMetaData().getConnection();
    }

    final EndPoint endPoint() {
        return connection().getEndPoint();
    }

    /**
     * Ends a response that would not end by itself.
     *
     * @return completes when that is said, or cannot be; {@code null} where there is nothing to end
     */
    CompletableFuture<Void> cut() {
        return null;
    }

    @Override
    public void send(
            MetaData.Request head, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
        if (response != null) {
            status = response.getStatus(); // the last one is the one that is not an interim one
        }
        super.send(head, response, last, content, callback);
    }

    /** The status of its response; 0 where there is none yet. */
    final int status() {
        return status;
    }

    /** How long it has been since its head was read, in nanoseconds. */
    final long age() {
        return NanoTime.since(request.getHeadersNanoTime());
    }

    @Override
    public void succeeded() {
        connections.end(this);
        super.succeeded();
    }

    @Override
    public void failed(Throwable cause) {
        connections.end(this);
        super.failed(cause);
    }
}
