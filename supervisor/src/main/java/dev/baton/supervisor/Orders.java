package dev.baton.supervisor;

import dev.baton.supervisor.Supervision.Begun;
import dev.baton.supervisor.Supervision.Misconfigured;
import dev.baton.supervisor.Supervision.Refused;
import dev.baton.supervisor.Supervision.Reply;
import dev.baton.supervisor.Supervision.UpgradeBegun;
import dev.baton.supervisor.Supervision.UpgradeReply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is ordered of a supervisor: whoever gives an order waits until the lifecycle has decided about it. What is
 * configured changes with an upgrade that is granted, and in no other way.
 *
 * <p>Threading: any.
 */
final class Orders {
    private static final Logger LOG = LoggerFactory.getLogger(Orders.class);
    private static final Duration DECISION = Duration.ofSeconds(30);
    /** Until the answer to whoever asked for a reexec has left this program. */
    private static final Duration SOON = Duration.ofMillis(200);

    private final Lifecycle lifecycle;
    private final ListenerSet listeners;
    private final History history;
    private final Replacement replacement;
    private volatile Settings settings;
    private volatile Runnable beforeReplacement = () -> {};

    Orders(Settings settings, Lifecycle lifecycle, ListenerSet listeners, History history, Replacement replacement) {
        this.settings = settings;
        this.lifecycle = lifecycle;
        this.listeners = listeners;
        this.history = history;
        this.replacement = replacement;
    }

    /** What is configured at this moment. */
    Settings settings() {
        return settings;
    }

    UpgradeReply upgrade(UpgradeRequest request) {
        Settings next = request.settings().orElse(settings);
        Optional<String> conflict = listeners.conflict(next.listeners());
        if (conflict.isPresent()) {
            countRefusal();
            return new Misconfigured(List.of(conflict.get()));
        }
        return decide(
                answer -> new Event.UpgradeRequested(Launch.of(next, request), Rules.of(next), answer),
                () -> settings = next,
                id -> new UpgradeBegun(id, history.end(id).minimalCompletionStage()),
                reason -> {
                    countRefusal();
                    return new Refused(reason);
                });
    }

    void countRefusal() {
        history.refuse();
        lifecycle.save();
    }

    Reply rollback() {
        return order(Event.RollbackRequested::new);
    }

    Reply stop() {
        return order(Event.StopRequested::new);
    }

    Reply reexec() {
        // Whether now is the time is asked first, for the trial takes a while; and once more after it.
        Reply reply = order(answer -> new Event.ReexecRequested(answer, false));
        if (reply instanceof Refused) {
            return reply;
        }
        Optional<String> refusal = replacement.refusal();
        if (refusal.isPresent()) {
            return new Refused(refusal.get());
        }
        CompletableFuture.runAsync(
                () -> {
                    beforeReplacement.run();
                    // Whoever asked has been answered: what is left to say is that it has failed.
                    lifecycle.post(new Event.ReexecRequested(reason -> LOG.warn("reexec given up: {}", reason), true));
                },
                CompletableFuture.delayedExecutor(SOON.toMillis(), TimeUnit.MILLISECONDS));
        return reply;
    }

    void beforeReplacement(Runnable last) {
        beforeReplacement = last;
    }

    private Reply order(Function<Answer, Event> order) {
        return decide(order, () -> {}, Begun::new, Refused::new);
    }

    /** Sends an order, and waits for the decision. */
    private <R> R decide(
            Function<Answer, Event> order, Runnable taken, Function<Long, R> granted, Function<String, R> refused) {
        CompletableFuture<R> decision = new CompletableFuture<>();
        lifecycle.post(order.apply(new Answer() {
            @Override
            public void taken() {
                taken.run();
            }

            @Override
            public void granted(long upgrade) {
                decision.complete(granted.apply(upgrade));
            }

            @Override
            public void refused(String reason) {
                decision.complete(refused.apply(reason));
            }

            @Override
            public void failed(Throwable bug) {
                decision.completeExceptionally(bug);
            }
        }));
        try {
            return decision.get(DECISION.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return refused.apply("the supervisor did not decide: " + e + ": see its status and its log");
        } catch (ExecutionException e) {
            throw new IllegalStateException("the order was met by a bug, and nothing was done", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused.apply("interrupted before the supervisor had decided: see its status");
        }
    }
}
