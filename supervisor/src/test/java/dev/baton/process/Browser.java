package dev.baton.process;

import static org.awaitility.Awaitility.await;

import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A real Chromium without a window, driven by its DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = RunningBaton.PATIENCE;

    private final Process process;
    private final WebSocket page;
    private final Map<Long, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    private Browser(Path home) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        "chromium",
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + home,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("chromium.log").toFile());
        builder.environment().put("TMPDIR", home.toString()); // it leaves files behind when it is ended
        process = builder.start();
        Path port = home.resolve("DevToolsActivePort");
        await().atMost(PATIENCE)
                .until(() -> Files.exists(port) && Files.readAllLines(port).size() > 1);
        HttpClient http = HttpClient.newHttpClient();
        URI fresh = URI.create("http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/new?about:blank");
        String target = http.send(
                        HttpRequest.newBuilder(fresh)
                                .method("PUT", HttpRequest.BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .body();
        page = http.newWebSocketBuilder()
                .buildAsync(URI.create(JsonObject.parse(target).text("webSocketDebuggerUrl")), new Hearing())
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        tell("Page.enable", Map.of());
    }

    static boolean isHere() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "chromium")));
    }

    /** @param home an empty directory for what it keeps */
    static Browser start(Path home) throws Exception {
        return new Browser(home);
    }

    private final class Hearing implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            text.append(part);
            if (isLast) {
                JsonObject message = JsonObject.parse(text.toString());
                text.setLength(0);
                if (message.has("id")) {
                    asked.remove(message.number("id")).complete(message);
                }
            }
            socket.request(1);
            return null;
        }
    }

    private JsonObject tell(String method, Map<String, Object> parameters) throws Exception {
        long id = last.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        asked.put(id, answer);
        page.sendText(Json.write(Map.of("id", id, "method", method, "params", parameters)), true)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        JsonObject message = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (message.has("error")) {
            throw new IOException(method + ": " + message);
        }
        return message.object("result");
    }

    void go(String url) throws Exception {
        tell("Page.navigate", Map.of("url", url));
    }

    /** Has every page that it goes to from now on begin with this. */
    void begin(String script) throws Exception {
        tell("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    /** What an expression of the page's own language comes to, as text. */
    String read(String expression) throws Exception {
        JsonObject answer =
                tell("Runtime.evaluate", Map.of("expression", "String(" + expression + ")", "returnByValue", true));
        if (answer.has("exceptionDetails")) {
            throw new IOException(expression + ": " + answer);
        }
        return answer.object("result").text("value");
    }

    void run(String script) throws Exception {
        read("(() => {" + script + "})()");
    }

    void awaitTrue(String expression) {
        await().atMost(PATIENCE)
                .alias(expression)
                .ignoreExceptions() // while it goes from one page to the next
                .until(() -> read(expression).equals("true"));
    }

    void picture(Path file, int width, String scheme) throws Exception {
        tell(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
        tell(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        String data = tell("Page.captureScreenshot", Map.of("captureBeyondViewport", true))
                .text("data");
        Files.write(file, Base64.getDecoder().decode(data));
    }

    @Override
    public void close() {
        page.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
