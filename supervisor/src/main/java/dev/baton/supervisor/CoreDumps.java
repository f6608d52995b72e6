package dev.baton.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Sees who is dead though the process is still there: the kernel writes its core, core(5), which takes as long as there is memory to be
 * written, and tells of its end, to a parent as to a pidfd, afterwards. No thread of it runs any more.
 *
 * <p>Only a look at {@code /proc/PID/status} tells: {@code CoreDumping}, proc(5), since Linux 4.15. So one is taken twenty times a
 * second while there are two workers, of which one may have to stand in for the other, and while one crashes, by its own words. Where a
 * single one crashes without a word its end is seen when its core has been written; so it is where the one before it still has its
 * memory, for whoever crashes again and again would soon have that of many.
 *
 * <p>Threading: any.
 */
final class CoreDumps {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final String DUMPING = "CoreDumping:\t1";

    private final Members members;
    private final Consumer<Member> dead;
    private final Repeat look;
    private final AtomicInteger unfinished = new AtomicInteger();

    /** @param dead is told of each once, and tells when it is {@link #written} */
    CoreDumps(Members members, Consumer<Member> dead, ScheduledExecutorService alarms) {
        this.members = members;
        this.dead = dead;
        this.look = new Repeat(ring -> alarms.schedule(ring, PAUSE.toMillis(), TimeUnit.MILLISECONDS), this::look);
    }

    /** There is one more worker, or one crashes. */
    void watch() {
        look.ask();
    }

    /** The process of one of the dead has ended. */
    void written() {
        unfinished.decrementAndGet();
    }

    private void look() {
        boolean several = members.living().size() > 1;
        for (Member member : members.living()) {
            boolean counts = !member.hasEnded() && (several || unfinished.get() == 0);
            if (counts && isWritten(member.process().pid())) {
                unfinished.incrementAndGet();
                dead.accept(member);
            }
        }
        if (several
                || members.living().stream().anyMatch(member -> member.process().isCrashing())) {
            look.ask();
        }
    }

    /** Whether that of this process is. */
    private static boolean isWritten(int pid) {
        Path status = Path.of("/proc", Integer.toString(pid), "status");
        try {
            return Files.readString(status, StandardCharsets.ISO_8859_1).contains(DUMPING);
        } catch (IOException e) {
            return false; // it has ended, as its parent is told
        }
    }
}
