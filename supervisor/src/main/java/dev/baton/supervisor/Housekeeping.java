package dev.baton.supervisor;

import dev.baton.handover.Libc;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What is left until a worker serves and nothing else goes on: archives are made of the classes that it has loaded, and
 * memory is let go of that only a start or an upgrade needs, docs/cost.md.
 *
 * <p>Threading: the lifecycle's thread.
 */
final class Housekeeping {
    /** Until a worker that serves has loaded most of its classes, and nobody waits for anything any more. */
    private static final Duration SETTLED = Duration.ofSeconds(5);

    private final ClassArchives archives;
    private final ScheduledExecutorService alarms;
    private Future<?> resting;

    Housekeeping(ClassArchives archives, ScheduledExecutorService alarms) {
        this.archives = archives;
        this.alarms = alarms;
    }

    /** This one serves, and nothing else is going on. */
    void serves(int generation) {
        archives.take(generation).ifPresent(this::archiveSoon);
        archives.takeOwn().ifPresent(this::archiveSoon);
        if (resting == null || resting.isDone()) { // each event while it serves comes here
            resting = whenSettled(Housekeeping::rest);
        }
    }

    private static void rest() {
        Libc.trimHeap();
        MappedFiles.letGo();
    }

    private void archiveSoon(ClassRecording recording) {
        whenSettled(() -> archives.make(recording));
    }

    private Future<?> whenSettled(Runnable work) {
        return alarms.schedule(work, SETTLED.toMillis(), TimeUnit.MILLISECONDS);
    }
}
