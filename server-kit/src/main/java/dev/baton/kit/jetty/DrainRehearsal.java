package dev.baton.kit.jetty;

import dev.baton.kit.Drain;
import dev.baton.kit.Handover;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A drain before there are clients, of one connection of our own making, which moves from this worker to itself.
 *
 * @param connections those of the worker
 * @param rehearsed their understudy, at the same connectors, which drains in their place
 */
record DrainRehearsal(JettyConnections connections, JettyConnections rehearsed) {
    /** How long each step may take; nobody depends on it. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private static final Duration LOOK = Duration.ofMillis(1);

    /** @return whether the connection has moved */
    boolean of(InetSocketAddress at, Handover toItself) throws IOException, InterruptedException {
        try (SocketChannel client = SocketChannel.open(at)) {
            SocketAddress from = client.getLocalAddress();
            if (!begin(from, toItself)) {
                return false;
            }
            rehearsed.awaitDrained(LOOK); // in vain: it is still connected
            rehearsed.rehearseGoodbyes();
            client.shutdownOutput();
            await(() -> connections.from(from).isEmpty());
        } finally {
            rehearsed.awaitDrained(LOOK); // there may be others, which are none of its business
            rehearsed.stop();
        }
        return rehearsed.handedOver() > 0;
    }

    private boolean begin(SocketAddress from, Handover toItself) throws InterruptedException {
        await(() -> connections.from(from).isPresent());
        Optional<MovableEndPoint> ours = connections.from(from);
        if (ours.isEmpty() || !await(ours.get()::claim)) {
            return false;
        }
        rehearsed.beginToMove(new Drain(System.nanoTime() + PATIENCE.toNanos(), Optional.of(toItself)));
        await(rehearsed::canMoveNow);
        rehearsed.move(ours.get());
        // Whoever takes it says so before it has it.
        await(() -> connections.from(from).filter(other -> other != ours.get()).isPresent());
        return true;
    }

    private static boolean await(BooleanSupplier is) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!is.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            Thread.sleep(LOOK.toMillis());
        }
        return true;
    }
}
