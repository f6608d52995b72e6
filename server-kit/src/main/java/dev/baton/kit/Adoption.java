package dev.baton.kit;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.Message;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The taking side of {@link Handover}: a thread that takes the previous worker's connections until it has no more.
 */
final class Adoption implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
    private static final Duration SEND_DEADLINE = Duration.ofSeconds(5);
    private static final int LONGEST_REASON = 500;
    /** The descriptor that comes, the three of {@link AdoptedChannel}, and one to look for what it has accepted. */
    private static final int RESERVED = 5;

    private final HandoverChannel channel;
    private final Map<String, Adopter> adopters;
    /** For the next connection: one whose descriptor is cut off its message ends the adoption of all the others. */
    private final Reserve reserve = new Reserve(RESERVED);

    private final ByteArrayOutputStream state = new ByteArrayOutputStream();
    private long taken;

    /**
     * Takes what comes over a channel, which is the adoption's from now on.
     *
     * @throws IOException if there is no thread for it; the channel is closed then, so that the giver keeps what it has
     */
    static void start(HandoverChannel channel, Map<String, Adopter> adopters) throws IOException {
        try {
            DaemonThread.start("baton-adoption", new Adoption(channel, adopters));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    Adoption(HandoverChannel channel, Map<String, Adopter> adopters) {
        this.channel = channel;
        this.adopters = adopters;
    }

    @Override
    public void run() {
        try (channel) {
            while (true) {
                awaitNext();
                Envelope envelope = channel.receive();
                try {
                    on(envelope);
                } finally {
                    envelope.closeFds();
                }
            }
        } catch (EOFException e) {
            LOG.debug("taken={} the previous worker has no more connections to give", taken);
        } catch (IOException e) {
            LOG.warn("taken={} no more connections can be taken: {}", taken, e.getMessage());
        } finally {
            reserve.release();
        }
    }

    /** One reserve for all that come without a pause. */
    private void awaitNext() throws IOException {
        if (!channel.await(Duration.ZERO)) {
            fill();
            channel.await(null);
            reserve.release();
        }
    }

    private void fill() {
        try {
            reserve.fill();
        } catch (IOException e) {
            LOG.debug("the next connection may lack descriptors: {}", e.getMessage());
        }
    }

    private void on(Envelope envelope) throws IOException {
        if (envelope.message() instanceof Message.State part) {
            byte[] bytes = decode(part);
            if (state.size() + bytes.length > Handover.MOST_STATE) {
                throw new IOException("more than " + Handover.MOST_STATE + " bytes of state");
            }
            state.writeBytes(bytes);
        } else if (envelope.message() instanceof Message.Offer offer
                && envelope.fds().size() == 1) {
            byte[] whole = state.toByteArray();
            state.reset();
            answer(offer, envelope.fds().get(0), whole);
        } else if (envelope.message() instanceof Message.Unknown news) {
            LOG.debug("passed over: {}", news);
        } else {
            throw new IOException("not an offer of one connection: " + envelope.message());
        }
    }

    private void answer(Message.Offer offer, Fd connection, byte[] whole) throws IOException {
        Adopter adopter = adopters.get(offer.listener());
        Adopter.Adopted adopted;
        try {
            if (adopter == null) {
                throw new IOException("this generation has no listener " + offer.listener());
            }
            adopted = adopter.take(offer.protocol(), connection, whole);
        } catch (IOException | RuntimeException e) {
            LOG.debug("connection {} declined", offer.id(), e);
            channel.send(new Message.Declined(offer.id(), reason(e)), SEND_DEADLINE);
            return;
        }
        try {
            channel.send(new Message.Taken(offer.id()), SEND_DEADLINE);
        } catch (IOException e) {
            adopted.drop();
            throw e;
        }
        taken++;
        try {
            adopted.serve();
        } catch (RuntimeException e) {
            LOG.warn("connection {} was taken and is not served", offer.id(), e);
        }
    }

    private static String reason(Exception e) {
        String reason = String.valueOf(e.getMessage());
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON);
    }

    private static byte[] decode(Message.State part) throws IOException {
        try {
            return Base64.getDecoder().decode(part.base64());
        } catch (IllegalArgumentException e) {
            throw new IOException("state that is not base64", e);
        }
    }
}
