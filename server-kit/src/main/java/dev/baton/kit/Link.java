package dev.baton.kit;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Errno;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.LibcException;
import dev.baton.handover.Message;
import dev.baton.handover.NativeCalls;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A worker's end of the handover socket: hears what the supervisor says, has it done, and passes on what is said back.
 *
 * <p>Threading: one thread, {@code baton-link}, receives and acts, so orders are carried out in the order in which they
 * were given. When the supervisor is gone the worker serves on, and the thread tries to reach another one under the same
 * path. One monitor, which is never held while another one is waited for.
 */
final class Link implements Closeable {
    /** Where the supervisor listens, who this worker is, and which generation: the environment of a worker. */
    static final String HANDOVER = "BATON_HANDOVER";

    static final String TOKEN = "BATON_TOKEN";
    static final String GENERATION = "BATON_GENERATION";

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    private static final Duration SEND_DEADLINE = Duration.ofSeconds(5);
    private static final Duration FIRST_RETRY = Duration.ofMillis(50);
    private static final Duration LAST_RETRY = Duration.ofMillis(250);

    /** Between two trials of an order. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** What came with an order, the looks through /proc, and some that an accept loop may be quicker to take. */
    private static final int RESERVED = 16;

    private final Path path;
    private final String token;
    /** Of the link's thread. A worker at its limit could not even park: what it lets go of, its accept loops take. */
    private final Reserve reserve = new Reserve(RESERVED);

    private final Duty duty = new Duty(this::tell, this::awaitClose);
    private HandoverChannel channel;
    private boolean closed;

    private Link(Path path, String token) {
        this.path = path;
        this.token = token;
    }

    /**
     * The link that the environment asks for, connected, or {@code null} where there is no supervisor.
     *
     * @param patience how long to try where nobody listens: the supervisor may just be replaced by another
     */
    static Link fromEnvironment(Map<String, String> environment, Duration patience) throws IOException {
        String path = environment.get(HANDOVER);
        if (path == null) {
            return null;
        }
        Optional<NativeCalls.Obstacle> obstacle = NativeCalls.obstacle();
        if (obstacle.isPresent()) {
            throw new IOException(obstacle.get().toString());
        }
        Link link = new Link(Path.of(path), environment.getOrDefault(TOKEN, ""));
        try {
            link.attach(patience);
            link.start();
        } catch (IOException e) {
            throw new IOException("cannot attach to the supervisor at " + path + ": " + e.getMessage(), e);
        }
        return link;
    }

    private void start() throws IOException {
        try {
            DaemonThread.start("baton-link", this::run);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void attach(Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                connect();
                return;
            } catch (LibcException e) {
                boolean nobody = e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED;
                if (!nobody || System.nanoTime() >= deadline || !awaitClose(FIRST_RETRY)) {
                    throw e;
                }
            }
        }
    }

    private void connect() throws IOException {
        HandoverChannel fresh = HandoverChannel.connect(path);
        try {
            Envelope given = Handshake.attach(fresh, token, duty::known);
            try {
                duty.begin(given, () -> use(fresh));
            } catch (IOException | RuntimeException e) {
                given.closeFds();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    private synchronized void use(HandoverChannel fresh) throws IOException {
        if (closed) {
            throw new IOException("this worker has said goodbye");
        }
        channel = fresh;
    }

    /** What is done for this supervisor, and whoever comes after it. */
    Duty duty() {
        return duty;
    }

    /**
     * Where the private listener of a unix listener lives: beside the handover socket, which only we can reach; or,
     * where that place is another user's, in the directory there that is ours.
     */
    Path privatePath(String listener) {
        return privateDirectory(path).resolve(duty.generation() + "-" + listener + ".sock");
    }

    static Path privateDirectory(Path handover) {
        Path ours = handover.resolveSibling("private");
        return Files.isDirectory(ours, LinkOption.NOFOLLOW_LINKS)
                ? ours
                : handover.toAbsolutePath().getParent();
    }

    // ---- the thread ----

    private void run() {
        try {
            do {
                hear();
            } while (reconnect());
        } finally {
            reserve.release();
        }
    }

    private void hear() {
        try {
            receiveUntilLost();
        } catch (IOException e) {
            if (!isClosed()) {
                LOG.info("supervisor lost, serving on: {}", e.getMessage());
            }
        }
    }

    private void receiveUntilLost() throws IOException {
        HandoverChannel current;
        synchronized (this) {
            current = channel;
        }
        Envelope order = null;
        try {
            while (true) {
                fill();
                boolean hasCome = current.await(order == null ? null : PAUSE);
                reserve.release();
                if (hasCome) {
                    drop(order);
                    order = current.receive();
                }
                if (isDone(order, hasCome)) {
                    drop(order);
                    order = null;
                }
            }
        } finally {
            drop(order);
            current.close();
        }
    }

    private static void drop(Envelope order) {
        if (order != null) {
            order.closeFds();
        }
    }

    /** False where it is to be tried again, until it succeeds or something else is said. */
    private boolean isDone(Envelope order, boolean isNew) {
        Message message = order.message();
        try {
            duty.on(order);
            return true;
        } catch (IOException | RuntimeException | Error e) {
            LOG.atLevel(isNew ? Level.ERROR : Level.DEBUG)
                    .setCause(e)
                    .log("{} failed", message.getClass().getSimpleName());
            return !(message instanceof Message.Accept
                    || message instanceof Message.Park
                    || message instanceof Message.Drain);
        }
    }

    /** Whoever drains needs no more than the descriptors that move its connections, and those at once. */
    private void fill() {
        if (!duty.isDraining()) {
            try {
                reserve.fill();
            } catch (IOException e) {
                LOG.debug("no reserve of descriptors: {}", e.getMessage());
            }
        }
    }

    private boolean reconnect() {
        Duration wait = FIRST_RETRY;
        while (awaitClose(wait)) {
            reserve.release();
            try {
                connect();
                LOG.info("supervisor found again");
                return true;
            } catch (IOException | RuntimeException e) {
                LOG.debug("no supervisor at {}: {}", path, e.getMessage());
                fill();
                wait = wait.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? wait.multipliedBy(2) : LAST_RETRY;
            }
        }
        return false;
    }

    /** Waits for so long; false if the worker was closed meanwhile. */
    private synchronized boolean awaitClose(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            long left;
            while (!closed && (left = deadline - System.nanoTime()) > 0) {
                wait(left / 1_000_000 + 1);
            }
        } catch (InterruptedException e) {
            return false;
        }
        return !closed;
    }

    /** Says something; a supervisor that is gone hears it when it is back, see {@link Duty#begin}. */
    private void tell(Message message) {
        HandoverChannel current;
        synchronized (this) {
            current = channel;
        }
        try {
            if (current != null) {
                current.send(message, SEND_DEADLINE);
            }
        } catch (IOException e) {
            LOG.debug("the supervisor could not be told {}: {}", message, e.getMessage());
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        duty.progress().stop();
        tell(new Message.Goodbye());
        HandoverChannel current;
        synchronized (this) {
            closed = true;
            current = channel;
            notifyAll();
        }
        duty.release();
        current.close();
    }
}
