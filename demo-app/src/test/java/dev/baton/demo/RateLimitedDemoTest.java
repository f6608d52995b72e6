package dev.baton.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code --limit}: one link of 2 MiB/s for HTTP, HTTPS and lines together. */
@Timeout(60)
class RateLimitedDemoTest {
    private static final int RATE = 2 * 1024 * 1024;

    @TempDir
    static Path directory;

    private static RunningDemo demo;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        demo = RunningDemo.start(() -> new KitFooting("2MiB/s"), directory.resolve("demo.p12"), false);
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new TrustsAll()}, null);
        client = HttpClient.newBuilder().sslContext(trusting).build();
    }

    @AfterAll
    static void stop() throws IOException {
        demo.close();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aFileTakesAsLongAsTheLinkSays(HttpClient.Version version) throws Exception {
        upgradeBySmallAnswer(version);
        takesAtLeast(0.45, () -> assertEquals(StaticFile.SIZE, get(demo.http("/file"), version).length));
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void soItDoesOverTls(HttpClient.Version version) throws Exception {
        takesAtLeast(0.45, () -> assertEquals(StaticFile.SIZE, get(demo.https("/file"), version).length));
    }

    @Test
    void whatIsSentUpIsLimitedTooAndComesBackWhole() throws Exception {
        byte[] body = new byte[RATE / 2];
        java.util.Arrays.fill(body, (byte) 'x');
        HttpRequest request = HttpRequest.newBuilder(demo.http("/echo"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        takesAtLeast(
                0.4,
                () -> assertArrayEquals(
                        body,
                        client.send(request, HttpResponse.BodyHandlers.ofByteArray())
                                .body()));
    }

    @Test
    void linesAndPagesShareTheLink() throws Exception {
        String line = "y".repeat(30_000) + "\n";
        CompletableFuture<byte[]> file = CompletableFuture.supplyAsync(() -> {
            try {
                return get(demo.http("/file"), HttpClient.Version.HTTP_1_1);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        takesAtLeast(0.7, () -> {
            try (Socket lines = new Socket("127.0.0.1", demo.address("line").getPort())) {
                InputStream answers = lines.getInputStream();
                for (int sent = 0; sent < RATE / 2; sent += line.length()) {
                    lines.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
                    answers.readNBytes(line.length() + "v7 gen=0: ".length());
                }
            }
            assertEquals(StaticFile.SIZE, file.get(30, TimeUnit.SECONDS).length);
        });
    }

    /**
     * Where the first answer after {@code 101 Switching Protocols} is long, the JDK's client mixes up what it reads on one
     * such connection of ten, whatever the server: of 17 and 25, and with Jetty alone.
     */
    private static void upgradeBySmallAnswer(HttpClient.Version version) throws Exception {
        get(demo.http("/"), version);
    }

    private static byte[] get(URI uri, HttpClient.Version version) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri).version(version).build();
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void takesAtLeast(double seconds, Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        double took = (System.nanoTime() - start) / 1e9;
        assertTrue(took >= seconds, "it took " + took + " s");
    }

    /** The demo's certificate is of its own making. */
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
