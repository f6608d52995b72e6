package dev.baton.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
    @TempDir
    private Path directory;

    @Test
    void httpsAndH2AreSpokenWithTheCertificateInTheKeyStore() throws Exception {
        Path keyStore = directory.resolve("made/demo.p12");
        try (RunningDemo demo = RunningDemo.start(PlainFooting::new, keyStore, false)) {
            SSLContext trust = trusting(keyStore);
            for (HttpClient.Version version : HttpClient.Version.values()) {
                HttpClient client = HttpClient.newBuilder()
                        .version(version)
                        .sslContext(trust)
                        .build();
                HttpResponse<String> response =
                        client.send(HttpRequest.newBuilder(demo.https("/")).build(), BodyHandlers.ofString());
                assertEquals(version, response.version());
                assertTrue(response.body().startsWith("v7 gen=0 "), response.body());
            }
        }
        FileTime made = Files.getLastModifiedTime(keyStore);
        Certificate.ensure(keyStore);
        assertEquals(made, Files.getLastModifiedTime(keyStore));
    }

    private static SSLContext trusting(Path keyStore) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            store.load(in, Certificate.PASSWORD.toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("demo", store.getCertificate("demo"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
