package dev.baton.kit.jetty;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The outermost handler: has those exchanges followed that cannot be found where a drain begins, and answers what is
 * asked for a rehearsal.
 */
final class PoliteHandler extends Handler.Wrapper {
    private final JettyConnections connections;

    PoliteHandler(Handler handler, JettyConnections connections) {
        super(handler);
        this.connections = connections;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        JettyConnections whose = connections.whose(request);
        if (whose.mustFollow(request)) {
            whose.exchanges().follow(request);
        }
        return whose == connections
                ? super.handle(request, response, callback)
                : whose.rehearsal().answer(response, callback);
    }
}
