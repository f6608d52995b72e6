package dev.baton.kit.jetty;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The outermost handler: knows what is in work, and can end it politely. */
final class PoliteHandler extends Handler.Wrapper {
    private final JettyConnections connections;

    PoliteHandler(Handler handler, JettyConnections connections) {
        super(handler);
        this.connections = connections;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        request.addHttpStreamWrapper(stream -> connections.begin(stream, request));
        return super.handle(request, response, callback);
    }
}
