package dev.baton.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.client.WebSocketClient;

/** Client libraries, each told to be as unforgiving as it can be. */
final class Libraries {
    private static final Duration PATIENCE = RunningBaton.PATIENCE;
    private static final int CLIENTS = 4;

    private Libraries() {}

    /** The demo's certificate is of its own making. */
    static SSLContext trusting() throws GeneralSecurityException {
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new TrustsAll()}, null);
        return trusting;
    }

    /** The JDK's client, by HTTP/2, which asks for nothing but the page, and never pauses. */
    static Library http2(String url) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
        return new Library("http2", CLIENTS, () -> {}, (thread, over) -> {
            HttpResponse<String> got = client.send(request, BodyHandlers.ofString());
            return got.statusCode() == 200 && got.version() == HttpClient.Version.HTTP_2 ? null : got.toString();
        });
    }

    /** The JDK's client: GET and POST by turns. */
    static Library jdk(String url, HttpClient.Version version) throws GeneralSecurityException {
        HttpClient client =
                HttpClient.newBuilder().version(version).sslContext(trusting()).build();
        return new Library("jdk-" + version, CLIENTS, () -> {}, (thread, over) -> {
            HttpResponse<String> got = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/slow?ms=20"))
                            .timeout(PATIENCE)
                            .build(),
                    BodyHandlers.ofString());
            HttpResponse<String> posted = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/echo"))
                            .timeout(PATIENCE)
                            .POST(BodyPublishers.ofString("hello " + thread))
                            .build(),
                    BodyHandlers.ofString());
            boolean right = got.statusCode() == 200
                    && posted.statusCode() == 200
                    // In plaintext a new connection may begin with a POST, and a request with a body is not upgraded.
                    && (posted.version() == version || url.startsWith("http:"))
                    && posted.body().equals("hello " + thread);
            return right ? null : got + " " + posted + " " + posted.body();
        });
    }

    /** Apache HttpClient 5, which may not repeat a request, nor look whether a connection is stale. */
    static Library apache(String url) {
        CloseableHttpClient client = HttpClients.custom()
                .disableAutomaticRetries()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setMaxConnPerRoute(CLIENTS)
                        .setDefaultConnectionConfig(org.apache.hc.client5.http.config.ConnectionConfig.custom()
                                .setValidateAfterInactivity(org.apache.hc.core5.util.TimeValue.NEG_ONE_MILLISECOND)
                                .build())
                        .build())
                .build();
        return new Library("apache", CLIENTS, client, (thread, over) -> {
            String got = client.execute(
                    ClassicRequestBuilder.get(url + "/slow?ms=20").build(),
                    answer -> answer.getCode() + EntityUtils.toString(answer.getEntity()));
            String posted = client.execute(
                    ClassicRequestBuilder.post(url + "/echo")
                            .setEntity("hello " + thread)
                            .build(),
                    answer -> answer.getCode() + EntityUtils.toString(answer.getEntity()));
            return got.startsWith("200") && posted.equals("200hello " + thread) ? null : got + " " + posted;
        });
    }

    /** Jetty's WebSocket client: comes back when it is told 1012, service restart, and complains of any other end. */
    static Library webSocket(InetSocketAddress address) throws Exception {
        WebSocketClient client = new WebSocketClient();
        client.start();
        Map<Integer, Socket> sockets = new ConcurrentHashMap<>();
        URI uri = URI.create("ws://127.0.0.1:" + address.getPort() + "/ws");
        return new Library("websocket", CLIENTS, client::stop, (thread, over) -> {
            Socket socket = sockets.get(thread);
            if (socket == null) {
                socket = new Socket();
                client.connect(socket, uri).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                sockets.put(thread, socket);
            }
            String heard = socket.heard.poll(20, TimeUnit.MILLISECONDS); // its pause; nothing is due
            if (heard == null) {
                socket.session.sendText("hello", Callback.NOOP);
                heard = socket.heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            if ("1012".equals(heard)) {
                sockets.remove(thread);
                return null;
            }
            return "hello".equals(heard) ? null : "heard " + heard;
        });
    }

    /** One end of a WebSocket: what it hears, in order, and the code of its close. Public, for Jetty's sake. */
    public static final class Socket implements Session.Listener.AutoDemanding {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private volatile Session session;

        @Override
        public void onWebSocketOpen(Session opened) {
            session = opened;
        }

        @Override
        public void onWebSocketText(String text) {
            heard.add(text);
        }

        @Override
        public void onWebSocketError(Throwable cause) {
            heard.add(cause.toString());
        }

        @Override
        public void onWebSocketClose(int code, String reason, Callback callback) {
            heard.add(Integer.toString(code));
            callback.succeed();
        }
    }

    /**
     * Reads events as a browser's EventSource does: when the stream ends well it comes back and says which event was
     * its last. The numbers must go on without a gap.
     */
    static Library eventSource(InetSocketAddress address) {
        HttpClient client = HttpClient.newHttpClient();
        URI uri = URI.create("http://127.0.0.1:" + address.getPort() + "/sse?ms=50");
        long[] last = new long[1];
        return new Library("eventsource", 1, () -> {}, (thread, over) -> {
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .version(HttpClient.Version.HTTP_1_1)
                    .header("Last-Event-ID", Long.toString(last[0]))
                    .build();
            HttpResponse<InputStream> answer = client.send(request, BodyHandlers.ofInputStream());
            return answer.statusCode() == 200 ? readEvents(answer.body(), last, over) : answer.toString();
        });
    }

    /** @return null at the stream's clean end */
    private static String readEvents(InputStream stream, long[] last, BooleanSupplier over) throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && !over.getAsBoolean(); line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    long id = Long.parseLong(line.substring("id: ".length()));
                    if (id != last[0] + 1) {
                        return "event " + id + " after " + last[0];
                    }
                    last[0] = id;
                }
            }
            return null;
        }
    }

    private static final class TrustsAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
