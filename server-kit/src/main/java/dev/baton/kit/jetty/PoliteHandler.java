package dev.baton.kit.jetty;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The outermost handler: knows which connections have a request in work, and while the worker drains, says
 * {@code Connection: close} with the responses of those connections that cannot move. It says so when a response is
 * committed and not when its request arrives, so that requests which the drain finds in work are told too.
 */
final class PoliteHandler extends Handler.Wrapper {
    private final JettyConnections connections;

    PoliteHandler(Handler handler, JettyConnections connections) {
        super(handler);
        this.connections = connections;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        connections.onRequest(request);
        Request.addCompletionListener(request, failure -> connections.onCompleted(request));
        if (request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion()) {
            request.addHttpStreamWrapper(stream -> new PoliteStream(stream, request));
        }
        return super.handle(request, response, callback);
    }

    private final class PoliteStream extends HttpStream.Wrapper {
        private final Request request;

        PoliteStream(HttpStream stream, Request request) {
            super(stream);
            this.request = request;
        }

        @Override
        public void send(
                MetaData.Request head,
                MetaData.Response response,
                boolean last,
                java.nio.ByteBuffer content,
                Callback callback) {
            super.send(head, connections.mustEnd(request) ? closing(response) : response, last, content, callback);
        }

        private static MetaData.Response closing(MetaData.Response response) {
            if (response == null || response.getStatus() < 200) {
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
}
