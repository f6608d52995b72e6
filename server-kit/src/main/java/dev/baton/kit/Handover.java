package dev.baton.kit;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.Message;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The giving side of the move of established connections to the next worker, over the socket that the supervisor made
 * for the two.
 *
 * <p>The word {@code taken} is the point of no return. The taker writes it before it serves the connection, and drops
 * the connection if it cannot be written; the giver reads all that was written before it believes that the taker is
 * gone. So a connection is served by exactly one of the two, whoever dies when.
 *
 * <p>Threading: any.
 */
public final class Handover implements Closeable {
    /** The most state that may travel with a connection, in bytes. */
    public static final int MOST_STATE = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Handover.class);
    private static final Duration SEND_DEADLINE = Duration.ofSeconds(5);
    /** State beyond a frame travels in several; base64 makes four bytes of three. */
    private static final int STATE_PER_FRAME = 45_000;

    private final HandoverChannel channel;
    private final AtomicLong ids = new AtomicLong();
    /** An offer and its state are not to mix with another's. No monitor: Java 21 parks no virtual thread inside one. */
    private final ReentrantLock offering = new ReentrantLock();

    private final Map<Long, CompletableFuture<Boolean>> pending = new ConcurrentHashMap<>();
    private volatile boolean gone;

    /**
     * Over a channel to the next worker, which is the handover's from now on.
     *
     * @throws IOException if there is no thread to read the answers; the channel is closed then
     */
    Handover(HandoverChannel channel) throws IOException {
        this.channel = channel;
        try {
            DaemonThread.start("baton-handover", this::readAnswers);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Whether the next worker is there to take anything. */
    public boolean isOpen() {
        return !gone;
    }

    /**
     * Offers a connection to the next worker.
     *
     * @param listener where it was accepted
     * @param protocol what the taker must be able to go on with
     * @param connection stays the caller's, who closes it, without shutdown(2), once it is taken
     * @param state at most {@value #MOST_STATE} bytes
     * @return true once the next worker has it; false when it stays here. Never completes exceptionally.
     */
    public CompletableFuture<Boolean> offer(String listener, String protocol, Fd connection, byte[] state) {
        if (state.length > MOST_STATE) {
            throw new IllegalArgumentException(
                    "at most " + MOST_STATE + " bytes of state can travel, not " + state.length);
        }
        long id = ids.incrementAndGet();
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        pending.put(id, answer);
        offering.lock();
        try {
            for (int at = 0; at < state.length; at += STATE_PER_FRAME) {
                byte[] part = java.util.Arrays.copyOfRange(state, at, Math.min(state.length, at + STATE_PER_FRAME));
                channel.send(new Message.State(Base64.getEncoder().encodeToString(part)), SEND_DEADLINE);
            }
            channel.send(new Message.Offer(id, listener, protocol), List.of(connection), SEND_DEADLINE);
        } catch (IOException e) {
            LOG.warn("connection stays here, the next worker cannot be told: {}", e.getMessage());
            // The offer may have gone out before the failure, so its answer decides, or the end of the answers does.
            channel.shutdownOutput();
        } finally {
            offering.unlock();
        }
        if (gone) {
            answer.complete(false);
        }
        return answer;
    }

    private void readAnswers() {
        try {
            while (true) {
                Envelope envelope = channel.receive();
                envelope.closeFds();
                if (envelope.message() instanceof Message.Taken taken) {
                    complete(taken.id(), true);
                } else if (envelope.message() instanceof Message.Declined declined) {
                    LOG.debug("connection {} stays here: {}", declined.id(), declined.reason());
                    complete(declined.id(), false);
                } else if (envelope.message() instanceof Message.Unknown news) {
                    LOG.debug("passed over: {}", news);
                } else {
                    throw new IOException("not an answer: " + envelope.message());
                }
            }
        } catch (EOFException e) {
            LOG.debug("the next worker takes no more connections");
        } catch (IOException e) {
            LOG.warn("the next worker takes no more connections: {}", e.getMessage());
        } finally {
            // In this order: what is offered after the close cannot be taken, and what was offered before gone was set
            // stands in pending.
            channel.close();
            gone = true;
            pending.keySet().forEach(id -> complete(id, false));
        }
    }

    private void complete(long id, boolean taken) {
        CompletableFuture<Boolean> answer = pending.remove(id);
        if (answer != null) {
            answer.complete(taken);
        }
    }

    /** No more offers. Answers to those that were made are still read: they decide who has the connection. */
    @Override
    public void close() {
        channel.shutdownOutput();
    }
}
