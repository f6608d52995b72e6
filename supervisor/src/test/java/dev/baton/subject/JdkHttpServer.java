package dev.baton.subject;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** {@code com.sun.net.httpserver}: a blocking server over a selector. */
public final class JdkHttpServer {
    private JdkHttpServer() {}

    public static void main(String[] arguments) throws Exception {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 1024);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            byte[] body = Answers.body(
                    exchange.getRequestMethod(), exchange.getRequestBody().readAllBytes());
            exchange.getResponseHeaders().set("Server", Answers.SERVER);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
