import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.AbstractHandler;

/** Jetty 11, embedded: compiled where it is started, for its API is not that of the Jetty of the tests. */
public final class Jetty11Server {
    public static void main(String[] arguments) throws Exception {
        String name = "subject gen=" + System.getenv("BATON_GENERATION");
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost(arguments[0]);
        connector.setPort(Integer.parseInt(arguments[1]));
        server.addConnector(connector);
        server.setHandler(new AbstractHandler() {
            @Override
            public void handle(
                    String target, Request base, HttpServletRequest request, HttpServletResponse response)
                    throws IOException {
                byte[] body = request.getMethod().equals("POST")
                        ? request.getInputStream().readAllBytes()
                        : (name + "\n").getBytes(StandardCharsets.US_ASCII);
                response.setHeader("Server", name);
                switch (target) {
                    case "/empty" -> response.setStatus(HttpServletResponse.SC_NO_CONTENT);
                    case "/pieces" -> {
                        response.getOutputStream().print("piece\n");
                        response.flushBuffer();
                        response.getOutputStream().print("piece\n");
                    }
                    default -> {
                        response.setContentLength(body.length);
                        response.getOutputStream().write(body);
                    }
                }
                base.setHandled(true);
            }
        });
        server.start();
        server.join();
    }
}
