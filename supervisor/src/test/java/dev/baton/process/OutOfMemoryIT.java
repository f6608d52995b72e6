package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two versions need the memory of two: where there is too little for both, it is not the one that serves that is killed first. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OutOfMemoryIT {
    private static final long MEBIBYTE = 1024 * 1024;

    /** One that has all of its heap from its first moment on. */
    private static List<String> large(String label) {
        List<String> command = new ArrayList<>(Places.demo(label));
        command.remove("-Xmx128m");
        command.addAll(1, List.of("-Xmx256m", "-Xms256m", "-XX:+AlwaysPreTouch"));
        return command;
    }

    private static String score(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "oom_score_adj"))
                .strip();
    }

    /**
     * Of a cgroup the kernel may kill a second one before the first one's memory has come back: it no longer sees one whose
     * threads have all begun to exit.
     */
    @Test
    void candidateIsKilledFirstThoughTheOneThatServesHasMore() throws Exception {
        Optional<MemoryCgroup> made = MemoryCgroup.create();
        assumeTrue(made.isPresent(), "this user can limit no memory here");
        try (MemoryCgroup memory = made.get();
                RunningBaton baton = RunningBaton.builder()
                        .before(memory.before())
                        .command(large("v1"))
                        .start()) {
            memory.leave(200 * MEBIBYTE); // less than the candidate's heap, and than the active worker has
            JsonObject failed = baton.upgrade(large("v2")).json();
            assertEquals("exited-before-ready", failed.text("outcome"), failed::toString);
            String reason = failed.text("reason");
            assertTrue(reason.contains("SIGKILL (memory has run out since its start"), reason);

            memory.leave(1024 * MEBIBYTE);
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> baton.status().text("phase").equals("serving"));
            assertEquals("upgraded", baton.upgrade(large("v3")).json().text("outcome"));
            baton.awaitOneWorker();
            long serves = baton.workers().values().iterator().next();
            String ours = score(ProcessHandle.current().pid());
            await().atMost(RunningBaton.PATIENCE).until(() -> score(serves).equals(ours));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }
}
