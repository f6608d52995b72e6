package dev.baton.supervisor.control;

import dev.baton.supervisor.OwnVariables;
import dev.baton.supervisor.control.EventLog.Event;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a command at every transition, with the event as one line of JSON on its standard input: one after another, in
 * their order, on a thread of its own. Nothing waits for it; what happens while it is busy waits in the log, and one
 * that is so slow that the log has forgotten an event does not hear of that.
 *
 * <p>Its input is a file, so that a command which does not read holds up nobody. What it prints goes where the
 * supervisor's own output goes.
 */
public final class TransitionHook implements EventLog.Follower, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransitionHook.class);

    private final EventLog log;
    private final List<String> command;
    private final Duration deadline;
    private final Path directory;
    private final Thread thread = new Thread(this::run, "baton-hook");
    private boolean woken;
    private boolean finished;
    private boolean idle;

    private TransitionHook(EventLog log, List<String> command, Duration deadline, Path directory) {
        this.log = log;
        this.command = command;
        this.deadline = deadline;
        this.directory = directory;
    }

    /**
     * Begins with the next event. The caller closes it.
     *
     * @param deadline after which the command is killed
     * @param directory only its owner's: where the command's input lies for a moment
     */
    public static TransitionHook start(EventLog log, List<String> command, Duration deadline, Path directory) {
        TransitionHook hook = new TransitionHook(log, command, deadline, directory);
        log.follow(hook);
        hook.thread.setDaemon(true);
        hook.thread.start();
        return hook;
    }

    @Override
    public synchronized void wake() {
        woken = true;
        notifyAll();
    }

    @Override
    public synchronized void finish() {
        finished = true;
        notifyAll();
    }

    private void run() {
        long place = log.place(0);
        boolean more = true;
        while (more) {
            try {
                List<Event> next = log.after(place, 1);
                if (next.isEmpty()) {
                    more = awaitMore();
                    continue;
                }
                if (!log.reachesBackTo(place)) {
                    LOG.warn("hook={} is too slow: it was not told of some events", command);
                }
                place = next.get(0).id();
                tell(next.get(0));
            } catch (InterruptedException e) {
                LOG.warn("hook={} was not told of all events: this program of the supervisor was to end", command);
                place = log.place(Long.MAX_VALUE);
                more = !isFinished();
            }
        }
    }

    private synchronized boolean isFinished() {
        return finished;
    }

    /** Whether there may be more. */
    private synchronized boolean awaitMore() throws InterruptedException {
        while (!woken && !finished) {
            idle = true;
            notifyAll();
            wait();
        }
        idle = false;
        boolean more = woken;
        woken = false;
        return more;
    }

    private void tell(Event event) throws InterruptedException {
        try {
            Process process = start(event);
            try {
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.warn(
                            "hook={} event={} was killed: it took longer than hooks.deadline, {} ms",
                            command,
                            event.id(),
                            deadline.toMillis());
                } else if (process.exitValue() != 0) {
                    LOG.warn("hook={} event={} exited with {}", command, event.id(), process.exitValue());
                }
            } finally {
                end(process);
            }
        } catch (IOException | RuntimeException | Error e) { // no thread, no descriptor: the next one may find some
            LOG.warn("hook={} event={} could not be run: {}", command, event.id(), e.getMessage());
        }
    }

    private static void end(Process process) {
        try {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
        } finally {
            process.destroyForcibly();
        }
    }

    private Process start(Event event) throws IOException {
        Path input = Files.createTempFile(directory, "event-", ".json");
        try {
            Files.writeString(input, event.json() + "\n");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(input.toFile())
                    .redirectOutput(Redirect.INHERIT)
                    .redirectError(Redirect.INHERIT);
            Map<String, String> environment = builder.environment();
            Map<String, String> theirs = OwnVariables.without(environment);
            environment.clear();
            environment.putAll(theirs);
            return builder.start();
        } finally {
            Files.delete(input); // it is open in the command
        }
    }

    /**
     * Tells of what has happened so far, for no longer than one deadline, and leaves out the rest where that was not
     * enough: the program that is about to take the place of this one can neither end nor reap the command.
     */
    public void settle() {
        try {
            if (!isIdleWithin(deadline)) {
                thread.interrupt();
                isIdleWithin(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isIdleWithin(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (woken || !idle) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** Tells of what has happened so far, for no longer than one deadline. */
    @Override
    public void close() {
        finish();
        try {
            thread.join(deadline.toMillis());
            thread.interrupt();
            thread.join(deadline.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.unfollow(this);
    }
}
