package dev.baton.subject;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.ExpandWar;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;

/** Embedded Tomcat. */
public final class TomcatServer {
    private TomcatServer() {}

    public static void main(String[] arguments) throws Exception {
        Tomcat tomcat = new Tomcat();
        // With the runtime directory, where it is killed; for the rest it cleans up after itself.
        String handover = System.getenv("BATON_HANDOVER");
        Path directory = handover == null
                ? Files.createTempDirectory("tomcat")
                : Files.createTempDirectory(Path.of(handover).getParent(), "tomcat");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(tomcat, directory)));
        tomcat.setBaseDir(directory.toString());
        Connector connector = new Connector();
        connector.setProperty("address", arguments[0]);
        connector.setPort(Integer.parseInt(arguments[1]));
        connector.addUpgradeProtocol(new Http2Protocol());
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "all", new All()).addMapping("/*");
        tomcat.start();
        tomcat.getServer().await();
    }

    private static void stop(Tomcat tomcat, Path directory) {
        try {
            tomcat.stop();
            tomcat.destroy();
        } catch (LifecycleException e) {
            throw new IllegalStateException(e);
        } finally {
            ExpandWar.deleteDir(directory.toFile());
        }
    }

    /** Answers everything. */
    private static final class All extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            switch (request.getRequestURI()) {
                case "/empty" -> response.setStatus(HttpServletResponse.SC_NO_CONTENT);
                case "/pieces" -> pieces(response);
                case "/switch" -> {
                    response.setHeader("Connection", "upgrade");
                    response.setHeader("Upgrade", "other");
                    request.upgrade(Other.class);
                }
                default -> whole(request, response);
            }
        }

        private static void pieces(HttpServletResponse response) throws IOException {
            response.getOutputStream().write(Answers.PIECE);
            response.flushBuffer();
            response.getOutputStream().write(Answers.PIECE);
        }

        private static void whole(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] body =
                    Answers.body(request.getMethod(), request.getInputStream().readAllBytes());
            response.setHeader("Server", Answers.SERVER);
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }

    /** Public, for Tomcat's sake. */
    public static final class Other implements HttpUpgradeHandler {
        @Override
        public void init(WebConnection connection) {
            try {
                connection.getOutputStream().write(Answers.SWITCHED);
                connection.getOutputStream().flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void destroy() {
            // It has nothing.
        }
    }
}
