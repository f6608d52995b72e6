package dev.baton.kit.connection;

import dev.baton.handover.DaemonThread;
import dev.baton.kit.Duplex;
import dev.baton.kit.Interposition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * One listener for TLS and for plaintext, told apart by the client's first two bytes: a TLS handshake begins with 0x16
 * 0x03 (RFC 8446, 5.1). So it is for protocols in which the client speaks first: a program that writes first waits for
 * the client's first bytes too.
 *
 * <p>A plaintext connection moves to the next worker. One that speaks TLS cannot, for the keys do not travel, and
 * neither can one that has said nothing yet, for nobody knows what it will speak: both stay until their client goes, the
 * program says goodbye (see {@link dev.baton.kit.TrackedConnection#isDraining()}) or the drain's deadline comes.
 *
 * <p>Threading: any.
 */
public final class TlsOrPlain implements Interposition {
    private static final int HANDSHAKE = 0x16;
    private static final int MAJOR_VERSION = 0x03;

    /** How long a client gets to take what is said last. */
    private static final Duration NOTIFY = Duration.ofSeconds(2);

    private final SSLContext context;
    private final Consumer<SSLSocket> settings;

    private TlsOrPlain(SSLContext context, Consumer<SSLSocket> settings) {
        this.context = context;
        this.settings = settings;
    }

    /** With this certificate, and what the JDK otherwise thinks right. */
    public static TlsOrPlain of(SSLContext context) {
        return of(context, tls -> {});
    }

    /**
     * @param settings what is to be set before the handshake: protocols, cipher suites, whether clients need a
     *     certificate
     */
    public static TlsOrPlain of(SSLContext context, Consumer<SSLSocket> settings) {
        return new TlsOrPlain(context, settings);
    }

    @Override
    public Duplex over(Duplex below, boolean continued) {
        return continued ? below : new Undecided(below); // what could move spoke plaintext
    }

    /** What the client turned out to speak. */
    private record Spoken(InputStream input, OutputStream output, SSLSocket tls) {}

    private final class Undecided implements Duplex {
        private final Duplex below;
        private final InputStream input = new Input();
        private final OutputStream output = new Output();
        /** No monitor: Java 21 parks no virtual thread inside one, and a client may say nothing for long. */
        private final ReentrantLock deciding = new ReentrantLock();

        private volatile Spoken spoken;

        Undecided(Duplex below) {
            this.below = below;
        }

        @Override
        public InputStream input() {
            return input;
        }

        @Override
        public OutputStream output() {
            return output;
        }

        @Override
        public boolean canMove() {
            Spoken known = spoken;
            return known != null && known.tls == null && below.canMove();
        }

        @Override
        public void end() throws IOException {
            Spoken known = spoken;
            if (known != null && known.tls != null && !known.tls.isOutputShutdown()) {
                notifyOfClose(known.tls);
            }
            below.end();
        }

        /** On a thread that can be left behind: a client that does not read keeps it until the connection is closed below. */
        private void notifyOfClose(SSLSocket tls) throws IOException {
            CompletableFuture<Void> said = new CompletableFuture<>();
            DaemonThread.start("baton-close-notify", () -> {
                try {
                    tls.shutdownOutput();
                    said.complete(null);
                } catch (IOException | RuntimeException e) {
                    said.completeExceptionally(e);
                }
            });
            try {
                said.get(NOTIFY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                throw new IOException("no close_notify: " + e, e);
            }
        }

        private Spoken spoken() throws IOException {
            Spoken known = spoken;
            return known != null ? known : decide();
        }

        private Spoken decide() throws IOException {
            deciding.lock();
            try {
                if (spoken == null) {
                    byte[] first = new byte[2];
                    int length = below.input().readNBytes(first, 0, 1);
                    if (length == 1 && first[0] == HANDSHAKE) {
                        length += below.input().readNBytes(first, 1, 1);
                    }
                    byte[] read = Arrays.copyOf(first, length);
                    boolean isTls = length == 2 && first[1] == MAJOR_VERSION;
                    spoken = isTls ? tls(read) : plain(read);
                }
                return spoken;
            } finally {
                deciding.unlock();
            }
        }

        private Spoken plain(byte[] read) {
            return new Spoken(new Replayed(read, below.input()), below.output(), null);
        }

        private Spoken tls(byte[] read) throws IOException {
            SSLSocket tls = (SSLSocket) context.getSocketFactory()
                    .createSocket(new StreamSocket(below), new ByteArrayInputStream(read), true);
            tls.setUseClientMode(false);
            settings.accept(tls);
            return new Spoken(tls.getInputStream(), tls.getOutputStream(), tls);
        }

        private final class Input extends InputStream {
            @Override
            public int read() throws IOException {
                return spoken().input.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return spoken().input.read(bytes, offset, length);
            }

            @Override
            public int available() throws IOException {
                Spoken known = spoken;
                return known == null ? below.input().available() : known.input.available();
            }
        }

        private final class Output extends OutputStream {
            @Override
            public void write(int one) throws IOException {
                spoken().output.write(one);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                spoken().output.write(bytes, offset, length);
            }
        }
    }
}
