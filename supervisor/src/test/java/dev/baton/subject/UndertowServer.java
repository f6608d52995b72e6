package dev.baton.subject;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.xnio.StreamConnection;

/** Undertow without servlets. */
public final class UndertowServer {
    private UndertowServer() {}

    public static void main(String[] arguments) {
        Undertow.builder()
                .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                .addHttpListener(Integer.parseInt(arguments[1]), arguments[0])
                .setHandler(UndertowServer::handle)
                .build()
                .start();
    }

    private static void handle(HttpServerExchange exchange) {
        switch (exchange.getRequestPath()) {
            case "/empty" -> exchange.setStatusCode(StatusCodes.NO_CONTENT).endExchange();
            case "/pieces" -> exchange.dispatch(() -> pieces(exchange));
            case "/switch" -> exchange.upgradeChannel("other", (connection, request) -> other(connection));
            default -> whole(exchange);
        }
    }

    private static void pieces(HttpServerExchange exchange) {
        exchange.startBlocking();
        try (OutputStream body = exchange.getOutputStream()) {
            body.write(Answers.PIECE);
            body.flush();
            body.write(Answers.PIECE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void other(StreamConnection connection) {
        try {
            connection.getSinkChannel().write(ByteBuffer.wrap(Answers.SWITCHED));
            connection.getSinkChannel().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void whole(HttpServerExchange exchange) {
        exchange.getRequestReceiver().receiveFullBytes((whole, request) -> {
            whole.getResponseHeaders().put(Headers.SERVER, Answers.SERVER);
            whole.getResponseSender()
                    .send(ByteBuffer.wrap(Answers.body(whole.getRequestMethod().toString(), request)));
        });
    }
}
