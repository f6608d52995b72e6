package dev.baton.subject;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Answers in pieces, and thinks for a while before each. */
public final class PausingServer {
    private static final int PIECES = 5;
    private static final long PAUSE_MILLIS = 1500;

    private PausingServer() {}

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 16);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", PausingServer::answer);
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            for (int piece = 1; piece <= PIECES; piece++) {
                body.write(("piece " + piece + "\n").getBytes(StandardCharsets.US_ASCII));
                body.flush();
                new CountDownLatch(1).await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
