package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What there is between us and workers in which nothing of ours runs: they have inherited their sockets, speak by
 * sd_notify(3), and hear nothing but signals.
 *
 * <p>Threading: any.
 */
final class Inheritors {
    private static final Logger LOG = LoggerFactory.getLogger(Inheritors.class);

    private final RuntimeDirectory directory;
    private final Lifecycle lifecycle;
    private final ScheduledExecutorService alarms;
    private final Consumer<Member> goodbye;

    /** @param goodbye what to do when one says that it leaves */
    Inheritors(
            RuntimeDirectory directory,
            Lifecycle lifecycle,
            ScheduledExecutorService alarms,
            Consumer<Member> goodbye) {
        this.directory = directory;
        this.lifecycle = lifecycle;
        this.alarms = alarms;
        this.goodbye = goodbye;
    }

    /** Where one will speak: open before it starts, for it may speak at once. */
    NotifySocket notifySocket(int generation) throws IOException {
        Path path = directory.notifySocket(generation);
        NotifySocket socket = NotifySocket.open(generation, path);
        directory.giveToWorkers(path);
        return socket;
    }

    /** Hears it from now on, and closes the socket at its end. */
    void attendTo(Member member, NotifySocket notify) throws IOException {
        Optional<Fd> process = Libc.openProcess(member.process().pid());
        ProcessIdentity identity = member.process().identity();
        if (process.isPresent()) {
            notify.hear(process.get(), identity, line -> notified(member, line));
        } else {
            notify.close();
        }
        member.worker()
                .launch()
                .readyAfter()
                .ifPresent(
                        after -> alarms.schedule(() -> readyIfAlive(member), after.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** It may have ended and not been reported yet: its last words are still being heard. */
    private void readyIfAlive(Member member) {
        if (member.process().isAlive()) {
            readyUnlessAttached(member);
        }
    }

    private void notified(Member member, NotifySocket.Line line) {
        switch (line.name()) {
            case "READY" -> {
                if (line.value().equals("1")) {
                    readyUnlessAttached(member);
                }
            }
            case "STATUS" -> member.text(line.value());
            case "STOPPING" -> {
                if (line.value().equals("1")) {
                    LOG.info(
                            "stopping generation={} pid={}",
                            member.worker().generation(),
                            member.process().pid());
                    goodbye.accept(member);
                }
            }
            case "EXTEND_TIMEOUT_USEC" -> extend(member, line.value());
            default -> LOG.debug("notified generation={} {}", member.worker().generation(), line);
        }
    }

    /** A time that began already is made longer, never shorter. */
    private static void extend(Member member, String micros) {
        int generation = member.worker().generation();
        try {
            long most = TimeUnit.MILLISECONDS.toMicros(Message.LONGEST_DEADLINE);
            Duration by = Duration.of(Math.max(0, Math.min(most, Long.parseLong(micros))), ChronoUnit.MICROS);
            LOG.info("extends generation={} by={}ms", generation, by.toMillis());
            member.extend(by);
        } catch (NumberFormatException e) {
            LOG.warn("generation={} wants EXTEND_TIMEOUT_USEC={}, which is no number", generation, micros);
        }
    }

    /** The word of a program that uses the kit is another one. */
    private void readyUnlessAttached(Member member) {
        if (member.inherits()) {
            lifecycle.post(new Event.Ready(member.worker().generation(), List.of()));
        }
    }

    /**
     * What there is to be done about a message to one. It accepts from its start to its end, and its end is the one thing
     * that can be asked for.
     *
     * @param given its listeners
     */
    void standInFor(Member member, Message message, List<PublicListener> given) {
        int generation = member.worker().generation();
        if (message instanceof Message.Accept) {
            given.forEach(listener -> listener.mendBlocking(generation));
            lifecycle.post(new Event.Accepting(generation));
        } else if (message instanceof Message.Park) {
            lifecycle.post(new Event.Parked(generation, false));
        } else if (message instanceof Message.Drain && member.beginStop()) {
            member.process().signal(member.worker().launch().stopSignal());
        }
    }
}
