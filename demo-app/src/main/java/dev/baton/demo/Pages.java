package dev.baton.demo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/** What the demo serves over HTTP. Nothing here waits on a thread: what takes time is scheduled. */
final class Pages extends Handler.Abstract.NonBlocking {
    private static final HttpField PLAIN_TEXT = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "text/plain");
    /** Comes back as it was sent, so that a client can tell an answer to another request from its own. */
    private static final String NUMBER = "X-Request";

    private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_WAIT = (int) TimeUnit.MINUTES.toMillis(10);

    private final Identity identity;
    private final byte[] name;
    private final HttpField server;
    private final Map<String, Page> pages;

    Pages(Identity identity) {
        this.identity = identity;
        name = identity.toString().getBytes(StandardCharsets.UTF_8);
        server = new PreEncodedHttpField(HttpHeader.SERVER, identity.toString().strip());
        pages = Map.of(
                "/", (request, response, callback) -> text(response, callback, name),
                "/health", (request, response, callback) -> text(response, callback, OK),
                "/echo", Pages::echo,
                "/slow", this::slow,
                "/stream", this::stream,
                "/sse", this::serverSentEvents,
                "/file", new StaticFile()::serve,
                "/ws", this::webSocket);
    }

    private interface Page {
        void serve(Request request, Response response, Callback callback);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        response.getHeaders().put(server);
        HttpField number = request.getHeaders().getField(NUMBER);
        if (number != null) {
            response.getHeaders().put(number);
        }
        Page page = pages.get(path);
        if (page == null) {
            return false;
        }
        String method = path.equals("/echo") ? HttpMethod.POST.asString() : HttpMethod.GET.asString();
        String asked = request.getMethod();
        if (!asked.equals(method) && !(asked.equals("HEAD") && method.equals("GET"))) {
            response.getHeaders().put(HttpHeader.ALLOW, method);
            Response.writeError(request, response, callback, HttpStatus.METHOD_NOT_ALLOWED_405);
            return true;
        }
        page.serve(request, response, callback);
        return true;
    }

    private static void text(Response response, Callback callback, byte[] text) {
        response.getHeaders().put(PLAIN_TEXT);
        response.write(true, ByteBuffer.wrap(text), callback);
    }

    private static void echo(Request request, Response response, Callback callback) {
        HttpField type = request.getHeaders().getField(HttpHeader.CONTENT_TYPE);
        if (type != null) {
            response.getHeaders().put(type);
        }
        if (request.getLength() >= 0) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, request.getLength());
        }
        Content.copy(request, response, callback);
    }

    private void slow(Request request, Response response, Callback callback) {
        int millis = HttpMethod.HEAD.is(request.getMethod()) ? 0 : number(request, "ms", 500);
        getServer().getScheduler().schedule(() -> text(response, callback, name), millis, TimeUnit.MILLISECONDS);
    }

    private void stream(Request request, Response response, Callback callback) {
        int lines = number(request, "lines", 100);
        int millis = number(request, "ms", 20);
        response.getHeaders().put(PLAIN_TEXT);
        String text = identity.toString().strip() + " line ";
        Ticker ticker = new Ticker(getServer().getScheduler(), millis, response, callback);
        ticker.start(i -> i < lines ? text + (i + 1) + "\n" : null);
    }

    private void serverSentEvents(Request request, Response response, Callback callback) {
        int millis = Math.max(1, number(request, "ms", 1_000));
        String last = request.getHeaders().get("Last-Event-ID");
        long seen = last != null && last.matches("\\d{1,15}") ? Long.parseLong(last) : 0;
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
        Ticker ticker = new Ticker(getServer().getScheduler(), millis, response, callback);
        ticker.start(i -> "id: " + (seen + i + 1) + "\ndata: " + identity + "\n");
    }

    private void webSocket(Request request, Response response, Callback callback) {
        ServerWebSocketContainer container = getServer().getBean(ServerWebSocketContainer.class);
        if (!container.upgrade((req, resp, cb) -> new EchoSocket(), request, response, callback)) {
            response.getHeaders().put(HttpHeader.UPGRADE, "websocket");
            Response.writeError(request, response, callback, HttpStatus.UPGRADE_REQUIRED_426);
        }
    }

    /** A query parameter; what is no number, or is too large for a demo, is taken for the nearest that makes sense. */
    private static int number(Request request, String parameter, int otherwise) {
        Fields fields = Request.extractQueryParameters(request);
        String value = fields.getValue(parameter);
        if (value == null || !value.matches("\\d{1,18}")) {
            return otherwise;
        }
        return (int) Math.min(LONGEST_WAIT, Long.parseLong(value));
    }
}
