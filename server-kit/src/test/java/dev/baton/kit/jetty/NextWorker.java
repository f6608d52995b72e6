package dev.baton.kit.jetty;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What a worker that drains takes for the next one: it takes nothing unless the test does. */
final class NextWorker implements AutoCloseable {
    private final Fd givers;
    private final HandoverChannel channel;

    NextWorker() throws IOException {
        Fd[] pair = Libc.socketPair();
        givers = pair[0];
        channel = new HandoverChannel(pair[1]);
    }

    /** Orders a drain whose connections are to go here. */
    void drain(WorkerEnd old, Duration atMost) throws IOException {
        old.say(new Message.Drain(atMost), List.of(givers));
    }

    /** Waits for an offer, or the end of them. */
    HandoverChannel.Envelope receive() throws IOException {
        return channel.receive(FakeSupervisor.PATIENCE);
    }

    /** Whether something is offered within this time. */
    boolean isOffered(Duration within) throws IOException {
        return channel.await(within);
    }

    /** Waits for an offer, and takes it not. */
    void decline() throws IOException {
        decline(receive());
    }

    void decline(HandoverChannel.Envelope offered) throws IOException {
        offered.closeFds();
        channel.send(new Message.Declined(((Message.Offer) offered.message()).id(), "no"), FakeSupervisor.PATIENCE);
    }

    /** Is gone. */
    void vanish() {
        channel.close();
    }

    @Override
    public void close() {
        givers.close();
        channel.close();
    }
}
