package dev.baton.supervisor;

import dev.baton.handover.Credentials;
import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.Message;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handover socket: lets workers in who prove themselves, and gives each the listeners.
 *
 * <p>Threading: one thread accepts, and one for each connection hears the hello and then stays with that worker. Those
 * that have not proved themselves yet are few, and have little time; and a process of ours has places of its own, which
 * nobody else can take.
 */
final class Reception implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    private static final Duration HELLO = Duration.ofSeconds(5);
    private static final Duration SEND = Duration.ofSeconds(5);
    private static final Duration REST = Duration.ofSeconds(1);
    private static final Duration END = Duration.ofSeconds(2);
    private static final int BACKLOG = 64;
    private static final int MOST_STRANGERS = 16;
    private static final int STRANGERS = 0;

    /** A worker that connects again may still have the thread of its last connection, or the one before. */
    private static final int MOST_OF_ONE_WORKER = 4;

    private static final long PAUSE = Duration.ofSeconds(1).toNanos();

    /** Where a worker who has proved itself goes. */
    interface Host {
        /** What it is given. */
        List<PublicListener> listeners(int generation);

        /** Whether it is to give the listeners back first, because they are nowhere else. */
        boolean hasListenersToReturn(int generation);

        /** What it has given back, which is the host's from now on. */
        void takeBack(int generation, List<Fd> listeners);

        /** Where it is to print, if its supervisor has died and nobody reads that any more. */
        void mendOutput(int generation, HandoverChannel channel) throws IOException;

        /** On the thread that it will be heard on. */
        void hear(int generation, HandoverChannel channel);
    }

    private final String app;
    private final Path path;
    private final Fd socket;
    private final Admission admission;
    private final Host host;
    private final Crowd crowd = new Crowd();
    private final Thread thread = new Thread(this::run, "baton-reception");
    private volatile boolean open = true;
    private long lastLine = System.nanoTime() - PAUSE;
    private int turnedAway;

    private Reception(String app, Path path, Fd socket, Admission admission, Host host) {
        this.app = app;
        this.path = path;
        this.socket = socket;
        this.admission = admission;
        this.host = host;
    }

    static Reception open(String app, RuntimeDirectory directory, Admission admission, Host host)
            throws StartException {
        Path path = directory.handover();
        try {
            ListenAddress.Unix address = (ListenAddress.Unix) ListenAddress.parse("unix:" + path);
            Fd socket = Libc.listen(address, BACKLOG);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            directory.giveToWorkers(path);
            Reception reception = new Reception(app, path, socket, admission, host);
            reception.thread.setDaemon(true);
            reception.thread.start();
            return reception;
        } catch (IOException | IllegalArgumentException e) {
            throw new StartException(
                    "cannot listen for workers on " + path + ": " + e.getMessage()
                            + ": choose another runtime directory",
                    e);
        }
    }

    private void run() {
        while (open) {
            try {
                if (Libc.await(socket, Libc.Readiness.READ, null)) {
                    Optional<Fd> connection = Libc.accept(socket);
                    connection.ifPresent(this::welcome);
                }
            } catch (IOException | IllegalStateException e) {
                if (open) {
                    LOG.error("handover-socket={} cannot accept: {}", path, e.toString());
                    pause();
                }
            }
        }
    }

    /** Out of descriptors, most likely: whoever waits is let in when some are free again. */
    private static void pause() {
        try {
            Thread.sleep(REST.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void welcome(Fd connection) {
        if (!open) {
            connection.close();
            return;
        }
        int kind;
        try {
            Credentials peer = Libc.peer(connection);
            admission.requireWorkersUser(peer);
            kind = admission.isWorker(peer.pid()) ? peer.pid() : STRANGERS;
        } catch (IOException e) {
            connection.close();
            turnedAway(e.getMessage());
            return;
        }
        int most = kind == STRANGERS ? MOST_STRANGERS : MOST_OF_ONE_WORKER;
        if (!crowd.enter(kind, most)) {
            connection.close();
            turnedAway(kind == STRANGERS ? most + " others have not said hello yet" : "pid " + kind + " has " + most);
            return;
        }
        try {
            DaemonThread.start("baton-hello", () -> serve(new HandoverChannel(connection), kind));
        } catch (IOException e) {
            crowd.leave(kind);
            connection.close();
            turnedAway(e.getMessage());
        }
    }

    /** Said once a second, not for each: a log is not to be filled from outside. */
    private synchronized void turnedAway(String why) {
        turnedAway++;
        long now = System.nanoTime();
        if (now - lastLine >= PAUSE) {
            LOG.warn("handover-socket={} turned one away: {}; times={}", path, why, turnedAway);
            lastLine = now;
            turnedAway = 0;
        }
    }

    private void serve(HandoverChannel channel, int kind) {
        try {
            serve(channel);
        } finally {
            crowd.leave(kind);
        }
    }

    private void serve(HandoverChannel channel) {
        int generation;
        try {
            generation = hello(channel);
        } catch (IOException | RuntimeException e) {
            turnedAway(e.getMessage());
            channel.close();
            return;
        }
        Thread.currentThread().setName("baton-worker-" + generation);
        host.hear(generation, channel);
    }

    private int hello(HandoverChannel channel) throws IOException {
        Envelope first = channel.receive(HELLO);
        first.closeFds();
        if (!first.fds().isEmpty() || !(first.message() instanceof Message.Hello hello)) {
            throw new IOException("pid " + channel.peer().pid() + " did not say hello first");
        }
        int generation = admission.check(hello, channel.peer());
        if (host.hasListenersToReturn(generation)) {
            host.takeBack(generation, returned(channel));
        }
        List<PublicListener> listeners = host.listeners(generation);
        channel.send(
                new Message.Listeners(
                        app,
                        generation,
                        listeners.stream().map(PublicListener::spec).toList()),
                listeners.stream().map(PublicListener::fd).toList(),
                SEND);
        host.mendOutput(generation, channel);
        return generation;
    }

    private static List<Fd> returned(HandoverChannel channel) throws IOException {
        channel.send(new Message.Return(), SEND);
        Envelope back = channel.receive(HELLO);
        if (!(back.message() instanceof Message.Listeners)) {
            back.closeFds();
            throw new IOException("pid " + channel.peer().pid() + " did not give the listeners back");
        }
        return back.fds();
    }

    /** Lets nobody in any more; who is in stays. */
    @Override
    public void close() {
        open = false;
        Libc.shutdown(socket); // wakes the thread: the socket may only be closed when nobody waits on it
        try {
            thread.join(END.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        socket.close();
    }
}
