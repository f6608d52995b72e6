package dev.baton.supervisor;

import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears a worker out, as long as its channel lasts. A worker is no more to be trusted than its clients: whoever breaks
 * the rules is not listened to any longer, and whoever talks a lot waits until each word has been dealt with.
 *
 * <p>Threading: runs on the thread that let the worker in.
 */
final class Hearing {
    private static final Logger LOG = LoggerFactory.getLogger(Hearing.class);

    /**
     * A process that dies lets go of its channel a little before it can be reaped. Then its death is the news, and the
     * channel's loss is none.
     */
    private static final Duration DEATH = Duration.ofMillis(100);

    private final Member member;
    private final HandoverChannel channel;
    private final List<String> listeners;
    private final Lifecycle lifecycle;
    private final History history;
    private final Runnable goodbye;
    private final Consumer<String> away;
    private final CompletableFuture<Void> heard = new CompletableFuture<>();

    /**
     * @param goodbye what to do when it says that it leaves
     * @param away what to do when its channel is lost, and why it is
     */
    Hearing(
            Member member,
            HandoverChannel channel,
            Lifecycle lifecycle,
            History history,
            Runnable goodbye,
            Consumer<String> away) {
        this.member = member;
        this.channel = channel;
        this.listeners = member.worker().launch().listeners().stream()
                .map(ListenerSpec::name)
                .toList();
        this.lifecycle = lifecycle;
        this.history = history;
        this.goodbye = goodbye;
        this.away = away;
    }

    void run() {
        member.attach(channel, heard);
        lifecycle.post(new Event.Connected(generation())).join();
        String why = hearOut();
        channel.close();
        heard.complete(null);
        if (!member.hasEnded() && !isDying() && member.detach(channel)) {
            if (!member.isLeaving()) {
                LOG.warn(
                        "generation={} pid={} channel lost: {}",
                        generation(),
                        member.process().pid(),
                        why);
                member.process().remark("it lost its handover channel: " + why);
            }
            away.accept(why);
        }
    }

    private int generation() {
        return member.worker().generation();
    }

    private String hearOut() {
        try {
            while (true) {
                Envelope envelope = channel.receive();
                envelope.closeFds();
                if (!envelope.fds().isEmpty()) {
                    return "it sent descriptors, and none are taken";
                }
                take(envelope.message());
            }
        } catch (EOFException e) {
            return "the worker closed it";
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private void take(Message message) throws IOException {
        if (message instanceof Message.Progress progress) {
            member.progress(progress);
        } else if (message instanceof Message.Served served) {
            member.traffic(served.traffic());
        } else if (message instanceof Message.Bound bound) {
            bound(bound);
        } else if (message instanceof Message.Elsewhere elsewhere) {
            member.unsupervised(elsewhere.addresses());
        } else if (message instanceof Message.Goodbye) {
            LOG.info(
                    "goodbye generation={} pid={}",
                    generation(),
                    member.process().pid());
            goodbye.run();
        } else if (message instanceof Message.Unknown unknown) {
            LOG.debug("generation={} says \"{}\", which this version does not know", generation(), unknown.type());
        } else {
            lifecycle.post(event(message)).join();
        }
    }

    private void bound(Message.Bound bound) {
        if (!listeners.contains(bound.listener())) {
            LOG.warn(
                    "generation={} has bound \"{}\", which is not supervised and will not be handed on: see --listen",
                    generation(),
                    bound.listener());
            return;
        }
        LOG.info(
                "bound generation={} listener={} private-address={}",
                generation(),
                bound.listener(),
                bound.privateAddress());
        member.bound(bound.listener(), bound.privateAddress());
    }

    private Event event(Message message) throws IOException {
        if (message instanceof Message.Ready) {
            return new Event.Ready(generation(), member.missing(listeners));
        }
        if (message instanceof Message.Accepting) {
            return new Event.Accepting(generation());
        }
        if (message instanceof Message.Parked) {
            return new Event.Parked(generation(), true);
        }
        if (message instanceof Message.Drained drained) {
            history.cut(generation(), drained.cut());
            return new Event.Drained(generation());
        }
        throw new IOException("it sent a " + message.getClass().getSimpleName() + ", which is not a worker's to send");
    }

    private boolean isDying() {
        try {
            member.process().exit().get(DEATH.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
