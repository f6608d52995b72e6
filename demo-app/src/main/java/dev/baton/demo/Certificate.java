package dev.baton.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;

/**
 * A self-signed certificate for localhost, made by the JDK's own keytool: it takes about a second, so a key store that is there
 * already is used, and every version shows its clients the same certificate.
 */
final class Certificate {
    /** It protects nothing: whoever can read the demo's key store may have it. */
    static final String PASSWORD = "baton-demo";

    private Certificate() {}

    /** Makes the key store unless it exists. Several versions may do so at once; one of them wins. */
    static void ensure(Path keyStore) throws IOException {
        if (Files.exists(keyStore)) {
            return;
        }
        Path directory = Files.createTempDirectory("baton-demo");
        Path made = directory.resolve("demo.p12");
        try {
            make(made);
            Files.createDirectories(keyStore.toAbsolutePath().getParent());
            Path beside = Files.createTempFile(keyStore.toAbsolutePath().getParent(), "demo", ".p12");
            Files.copy(made, beside, StandardCopyOption.REPLACE_EXISTING);
            Files.move(beside, keyStore, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(directory);
        }
    }

    private static void make(Path keyStore) throws IOException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-J-XX:TieredStopAtLevel=1", // half the time, for a program that runs once
                        "-genkeypair",
                        "-alias",
                        "demo",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1,ip:::1",
                        "-validity",
                        "365",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keyStore.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("can't make a certificate: " + keytool + " failed");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while making a certificate", e);
        }
    }
}
