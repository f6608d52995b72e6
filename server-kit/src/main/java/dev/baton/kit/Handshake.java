package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a worker and a supervisor say to each other first: who the worker is, and which listeners are its own. A supervisor
 * that is new has none but those that workers hold, and asks for them.
 */
final class Handshake {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private Handshake() {}

    /** What a worker holds already; the descriptors stay its own. */
    record Known(Message.Listeners listeners, List<Fd> fds) {}

    /**
     * Attaches on a channel that is new.
     *
     * @return the supervisor's {@link Message.Listeners}, whose descriptors are the caller's from now on
     * @throws IOException if the supervisor does not answer, or refuses
     */
    static Envelope attach(HandoverChannel channel, String token, Supplier<Known> known) throws IOException {
        channel.send(new Message.Hello((int) ProcessHandle.current().pid(), token), DEADLINE);
        Envelope first = receiveKnown(channel);
        if (first.message() instanceof Message.Return) {
            first.closeFds();
            Known held = known.get();
            channel.send(held.listeners(), held.fds(), DEADLINE);
            first = receiveKnown(channel);
        }
        if (!(first.message() instanceof Message.Listeners listeners)
                || listeners.listeners().size() != first.fds().size()) {
            first.closeFds();
            throw new IOException("the supervisor should have sent its listeners, not " + first.message());
        }
        return first;
    }

    /** What a newer supervisor may say besides is not for us. */
    private static Envelope receiveKnown(HandoverChannel channel) throws IOException {
        while (true) {
            Envelope envelope = channel.receive(DEADLINE);
            if (!(envelope.message() instanceof Message.Unknown)) {
                return envelope;
            }
            envelope.closeFds();
        }
    }
}
