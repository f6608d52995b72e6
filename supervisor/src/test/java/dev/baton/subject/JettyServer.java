package dev.baton.subject;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/** Jetty 12, embedded. */
public final class JettyServer {
    private JettyServer() {}

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost(arguments[0]);
        connector.setPort(Integer.parseInt(arguments[1]));
        server.addConnector(connector);
        server.setHandler(new All());
        server.start();
        System.out.println("listening at port " + connector.getLocalPort());
        server.join();
    }

    /** Answers everything. */
    private static final class All extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            byte[] body = Answers.body(request.getMethod(), BufferUtil.toArray(Content.Source.asByteBuffer(request)));
            response.getHeaders().put("Server", Answers.SERVER);
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }
    }
}
