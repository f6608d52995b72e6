package dev.baton.kit.jetty;

import dev.baton.kit.Drain;
import dev.baton.kit.Handover;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A drain before there are clients, of one connection of our own making: it moves from this worker to itself with its
 * response, then while it waits, as its client asks just then; and ends with the last response. Whatever would happen for the
 * first time in a drain would have the compiler throw away what every request needs, and compile it again while the next
 * worker has no processor to spare: docs/decisions/0011.
 *
 * <p>The connection, its requests and its responses are in no count and in no log, and the program does not see them.
 *
 * <p>Threading: one that rehearses, and Jetty's.
 */
final class DrainRehearsal {
    /** Of responses here. A program may say it, too; not to such a connection. */
    static final int STATUS = 299;

    /** How long each step may take, on a machine that is busy with the version that serves; nobody depends on it. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(1);
    private static final byte[] REQUEST =
            "GET /rehearsal HTTP/1.1\r\nHost: baton\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String CONTENT = "rehearsed";

    private final Function<DrainRehearsal, JettyConnections> understudies;
    private final SocketAddress client;
    private final Handover toItself;

    /** All that have looked after the connection, the last one now; each can drain once. */
    private final List<JettyConnections> cast = new CopyOnWriteArrayList<>();

    /** What happens while the next request is answered. */
    private volatile Runnable meanwhile = () -> {};

    private DrainRehearsal(
            Function<DrainRehearsal, JettyConnections> understudies, SocketAddress client, Handover toItself) {
        this.understudies = understudies;
        this.client = client;
        this.toItself = toItself;
        change();
    }

    /**
     * Rehearses.
     *
     * @param connections those of the worker
     * @param understudies of theirs, at the same connectors, who drain in their place
     * @param at where they are reached
     * @return whether a connection has moved
     */
    static boolean of(
            JettyConnections connections,
            Function<DrainRehearsal, JettyConnections> understudies,
            InetSocketAddress at,
            Handover toItself)
            throws IOException, InterruptedException {
        Socket socket = new Socket();
        try {
            // Bound before it connects: whoever accepts it must know whose it is.
            socket.bind(new InetSocketAddress(at.getAddress(), 0));
            DrainRehearsal rehearsal = new DrainRehearsal(understudies, socket.getLocalSocketAddress(), toItself);
            connections.rehearse(rehearsal);
            try {
                rehearsal.run(socket, at);
            } finally {
                rehearsal.end(socket);
            }
            return rehearsal.cast.size() > 1;
        } finally {
            connections.rehearse(null); // while the port is still ours
            socket.close();
        }
    }

    /** Whether a connection from there is the one. */
    boolean isWith(SocketAddress from) {
        return client.equals(from);
    }

    boolean isConnected() {
        return ours().isPresent();
    }

    /** Who looks after it. */
    JettyConnections now() {
        return cast.get(cast.size() - 1);
    }

    /** It has moved: somebody else looks after it from now on. */
    JettyConnections change() {
        JettyConnections next = understudies.apply(this);
        cast.add(next);
        return next;
    }

    /** As the program would. */
    boolean answer(Response response, Callback callback) {
        meanwhile.run();
        response.setStatus(STATUS);
        Content.Sink.write(response, true, CONTENT + "\n", callback);
        return true;
    }

    private void run(Socket socket, InetSocketAddress at) throws IOException, InterruptedException {
        int patience = (int) PATIENCE.toMillis();
        socket.setSoTimeout(patience);
        socket.connect(at, patience);
        if (!await(() -> ours().isPresent())) {
            return; // whoever listens there is somebody else
        }
        BufferedReader answers =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        ask(socket);
        await(answers);
        moveWithItsResponse(socket, answers);
        if (moveWhileItWaits(socket, answers)) {
            endWithItsResponse(socket, answers);
        }
    }

    private void moveWithItsResponse(Socket socket, BufferedReader answers) throws IOException, InterruptedException {
        JettyConnections giver = now();
        meanwhile = () -> {
            drain(giver);
            giver.rehearseGoodbyes();
        };
        ask(socket);
        await(answers);
        meanwhile = () -> {};
        awaitChange(giver);
        giver.awaitDrained(LOOK); // there may be others, which are none of its business
    }

    private boolean moveWhileItWaits(Socket socket, BufferedReader answers) throws IOException, InterruptedException {
        JettyConnections giver = now();
        Optional<MovableEndPoint> waiting = ours();
        if (waiting.isEmpty() || !await(waiting.get()::claim)) {
            return false;
        }
        ask(socket); // the selector finds it, and it is not for this worker any more
        LockSupport.parkNanos(LOOK.toNanos());
        drain(giver);
        giver.move(waiting.get());
        await(answers);
        awaitChange(giver);
        return true;
    }

    private void endWithItsResponse(Socket socket, BufferedReader answers) throws IOException {
        now().beginToMove(new Drain(System.nanoTime(), Optional.empty()));
        ask(socket);
        await(answers);
    }

    private void end(Socket socket) throws IOException, InterruptedException {
        if (socket.isConnected()) {
            socket.shutdownOutput();
        }
        await(() -> ours().isEmpty() && cast.stream().noneMatch(JettyConnections::isMoving));
        cast.forEach(JettyConnections::stop);
    }

    private Optional<MovableEndPoint> ours() {
        return now().from(client);
    }

    private void drain(JettyConnections giver) {
        giver.beginToMove(new Drain(System.nanoTime() + PATIENCE.toNanos(), Optional.of(toItself)));
        await(giver::canMoveNow);
    }

    /** Whoever takes it says so before it has it. */
    private void awaitChange(JettyConnections giver) {
        await(() -> now() != giver && ours().isPresent());
    }

    private static void ask(Socket socket) throws IOException {
        socket.getOutputStream().write(REQUEST);
    }

    private static void await(BufferedReader answers) throws IOException {
        String line;
        do {
            line = answers.readLine();
            if (line == null) {
                throw new EOFException("the rehearsed connection has ended");
            }
        } while (!line.equals(CONTENT));
    }

    private static boolean await(BooleanSupplier is) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!is.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        return true;
    }
}
