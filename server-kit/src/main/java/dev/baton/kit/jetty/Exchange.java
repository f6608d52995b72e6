package dev.baton.kit.jetty;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;

/** A request and its response, from when it is followed to the end of both. */
class Exchange extends HttpStream.Wrapper {
    private final Request request;
    private final JettyConnections connections;

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

    /** Where work of the application may block. */
    final Executor executor() {
        return request.getComponents().getExecutor();
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
