package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Between Jetty and {@link ControlApi}: collects a bounded body, waits without a thread, writes the answer. */
final class ControlHandler extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);

    private final ControlApi api;
    private final ArrivalDeadline arrival;
    private final Limits limits;
    private final EventLog events;

    ControlHandler(ControlApi api, EventLog events, ArrivalDeadline arrival, Limits limits) {
        this.api = api;
        this.events = events;
        this.arrival = arrival;
        this.limits = limits;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        AcceptedConnector in = connector(request);
        Optional<Answer> refusal = in.gate().flatMap(gate -> gate.refusal(request));
        if (refusal.isPresent()) {
            write(response, refusal.get(), callback);
            return true;
        }
        int most = in.gate().isPresent() ? limits.body() : limits.command();
        body(request, most)
                .thenCompose(body -> answer(request, body))
                .exceptionally(this::failure)
                .thenAccept(answer -> {
                    if (answer.status() == 200 && answer.type().equals(Answer.EVENTS)) {
                        stream(request, response, callback);
                    } else {
                        write(response, answer, callback);
                    }
                });
        return true;
    }

    private void stream(Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Answer.EVENTS);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (HttpMethod.HEAD.is(request.getMethod())) {
            // Nothing is sent behind a head, so that it would never be noticed that its client has gone.
            callback.succeeded();
            return;
        }
        Semaphore places = connector(request).followers();
        if (!places.tryAcquire()) {
            write(response, tooManyFollowers(), callback);
            return;
        }
        long seen =
                events.place(lastSeen(request.getHeaders().get("Last-Event-ID")).orElse(Long.MAX_VALUE));
        EventStream.begin(
                events, seen, limits.idle().dividedBy(2), request, response, Callback.from(places::release, callback));
    }

    private Answer tooManyFollowers() {
        return Answer.of(Problem.of(
                503,
                "Too many followers",
                limits.followers() + " clients follow the events already, the most there may be; close one, or ask"
                        + " GET /v1/status from time to time."));
    }

    private static AcceptedConnector connector(Request request) {
        return (AcceptedConnector) request.getConnectionMetaData().getConnector();
    }

    /** What a client says that it saw last; what is not a number is nothing, as with an unknown entity tag. */
    private static OptionalLong lastSeen(String header) {
        return header != null && header.matches("\\d{1,18}")
                ? OptionalLong.of(Long.parseLong(header))
                : OptionalLong.empty();
    }

    private CompletionStage<String> body(Request request, int most) {
        CompletableFuture<byte[]> body = new CompletableFuture<>();
        if (request.getLength() > most) {
            body.completeExceptionally(new TooLong(most));
        } else {
            Content.Source.asByteArrayAsync(request, most, new Promise.Invocable<>() {
                @Override
                public void succeeded(byte[] bytes) {
                    body.complete(bytes);
                }

                @Override
                public void failed(Throwable cause) {
                    // That is how Jetty says that there is more than we asked for.
                    body.completeExceptionally(cause instanceof IllegalStateException ? new TooLong(most) : cause);
                }
            });
        }
        return body.thenApply(ControlHandler::text);
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadRequestException("the body is not UTF-8", e);
        }
    }

    private CompletionStage<Answer> answer(Request request, String body) {
        arrival.met(request.getConnectionMetaData().getConnection());
        // From here on the client waits for us: that the connection stands still is no fault of its.
        request.addIdleTimeoutListener(timeout -> false);
        Map<String, String> query = new LinkedHashMap<>();
        Request.extractQueryParameters(request).forEach(field -> query.put(field.getName(), field.getValue()));
        String accept = String.join(",", request.getHeaders().getValuesList(HttpHeader.ACCEPT));
        return api.answer(new Order(request.getMethod(), Request.getPathInContext(request), query, accept, body));
    }

    private Answer failure(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        if (cause instanceof TooLong) {
            return Answer.of(Problem.of(413, "Body too long", cause.getMessage()));
        }
        if (cause instanceof BadRequestException) {
            return Answer.of(Problem.badRequest(cause.getMessage()));
        }
        if (cause instanceof HttpException wrong && wrong.getCode() < 500) {
            return Answer.of(Problem.badRequest("The request cannot be read: " + wrong.getReason()));
        }
        if (cause instanceof IOException || cause instanceof TimeoutException) {
            // The client broke off, or was too slow; if it still listens it learns why.
            return Answer.of(Problem.of(408, "Request not arrived", "The body did not arrive whole: " + cause));
        }
        LOG.error("control=failed", cause);
        return Answer.of(Problem.of(
                500,
                "A bug in baton",
                "The request failed by a bug in baton (" + cause + "); please report it with the supervisor's log."));
    }

    private static void write(Response response, Answer answer, Callback callback) {
        byte[] body = (answer.body() + (answer.body().endsWith("\n") ? "" : "\n")).getBytes(StandardCharsets.UTF_8);
        response.setStatus(answer.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong(int most) {
            super("A body has at most " + most + " bytes here.", null, false, false);
        }
    }
}
