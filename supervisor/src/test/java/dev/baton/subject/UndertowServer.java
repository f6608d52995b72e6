package dev.baton.subject;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.nio.ByteBuffer;

/** Undertow without servlets. */
public final class UndertowServer {
    private UndertowServer() {}

    public static void main(String[] arguments) {
        Undertow.builder()
                .addHttpListener(Integer.parseInt(arguments[1]), arguments[0])
                .setHandler(UndertowServer::handle)
                .build()
                .start();
    }

    private static void handle(HttpServerExchange exchange) {
        exchange.getRequestReceiver().receiveFullBytes((whole, request) -> {
            whole.getResponseHeaders().put(Headers.SERVER, Answers.SERVER);
            whole.getResponseSender()
                    .send(ByteBuffer.wrap(Answers.body(whole.getRequestMethod().toString(), request)));
        });
    }
}
