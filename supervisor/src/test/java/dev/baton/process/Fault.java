package dev.baton.process;

import static org.awaitility.Awaitility.await;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What befalls a worker. */
enum Fault {
    KILL("SIGKILL"),
    EXIT("exit 1"),
    STOP("SIGSTOP, 3 s later SIGCONT"),
    HANG("hang (SIGSTOP for good)");

    private static final Duration STANDSTILL = Duration.ofSeconds(3);

    private final String text;

    Fault(String text) {
        this.text = text;
    }

    /** Whether its process ends by it, sooner or later. */
    boolean isDeadly() {
        return this != STOP;
    }

    /**
     * Strikes; returns when it is done, which a standstill is when the worker goes on.
     *
     * @param orders as the {@link FaultyDemo} was told
     */
    void strike(long pid, Path orders) throws Exception {
        switch (this) {
            case KILL -> Processes.signal("KILL", pid);
            case HANG -> Processes.signal("STOP", pid);
            case EXIT -> {
                try {
                    Files.createFile(orders.resolve(Long.toString(pid)));
                } catch (FileAlreadyExistsException e) {
                    throw new IllegalStateException("struck twice: " + pid, e);
                }
            }
            case STOP -> {
                Processes.signal("STOP", pid);
                await().pollDelay(STANDSTILL).atMost(STANDSTILL.multipliedBy(3)).until(() -> true);
                Processes.signal("CONT", pid);
            }
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
