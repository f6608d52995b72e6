package dev.baton.supervisor.control;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Transition;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("try") // a hook works by being there
class TransitionHookTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private final EventLog events = new EventLog();

    @TempDir
    private Path directory;

    private TransitionHook hook(Duration deadline, String script) {
        return TransitionHook.start(events, List.of("sh", "-c", script), deadline, directory);
    }

    private Path told() {
        return directory.resolve("told");
    }

    private List<String> toldLines() throws IOException {
        return Files.exists(told()) ? Files.readAllLines(told()) : List.of();
    }

    private void happens(String from, String to) {
        events.accept(new Transition(FakeSupervision.STARTED, "shop", from, to, List.of(), Optional.empty()));
    }

    /** One that has ended and is still to be waited for, by whoever inherits orphans, does not run: proc(5). */
    private static boolean runs(long pid) throws IOException {
        Path status = Path.of("/proc/" + pid + "/status");
        try {
            return !Files.readString(status).contains("State:\tZ");
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private void leavesNothing() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "event-*")) {
            assertTrue(!left.iterator().hasNext(), "the command's input is gone");
        }
    }

    @Test
    void commandIsToldOfEveryEventInOrderAndOfTheLastOnesAtTheEnd() throws Exception {
        TransitionHook hook = hook(PATIENT, "cat >> '" + told() + "'");
        for (int i = 0; i < 10; i++) {
            happens("serving", "phase-" + i);
        }
        hook.close();
        List<String> lines = toldLines();
        assertEquals(10, lines.size(), lines.toString());
        for (int i = 0; i < 10; i++) {
            assertEquals("phase-" + i, JsonObject.parse(lines.get(i)).text("to"));
        }
        leavesNothing();
    }

    @Test
    void commandThatHangsIsKilledWithWhatItHasStartedAndTheNextEventIsTold() throws Exception {
        Path first = directory.resolve("first");
        try (TransitionHook hook = hook(
                Duration.ofSeconds(3),
                "cat >> '" + told() + "'; if [ ! -e '" + first + "' ]; then sleep 1000 & echo $! > '" + first
                        + "'; wait; fi")) {
            long began = System.nanoTime();
            happens("starting", "serving");
            happens("serving", "upgrading");
            assertTrue(System.nanoTime() - began < SOON.toNanos() / 10, "nobody waited");
            await().atMost(SOON).until(() -> toldLines().size() == 2);
            long hung = Long.parseLong(Files.readString(first).strip());
            await().atMost(SOON).until(() -> !runs(hung));
        }
        leavesNothing();
    }

    @Test
    void whatHasHappenedIsToldBeforeTheProgramIsReplacedAndWhatHappensLaterAsWell() throws Exception {
        try (TransitionHook hook = hook(PATIENT, "sleep 0.2; cat >> '" + told() + "'")) {
            for (int i = 0; i < 3; i++) {
                happens("serving", "phase-" + i);
            }
            hook.settle();
            assertEquals(3, toldLines().size());
            happens("serving", "upgrading"); // the other one was not to be had
            await().atMost(SOON).until(() -> toldLines().size() == 4);
        }
    }

    @Test
    void commandThatHangsIsKilledBeforeTheProgramIsReplaced() throws Exception {
        Path first = directory.resolve("first");
        try (TransitionHook hook = hook(Duration.ofSeconds(3), "echo $$ >> '" + first + "'; exec sleep 1000")) {
            for (int i = 0; i < 10; i++) {
                happens("serving", "phase-" + i);
            }
            hook.settle();
            for (String pid : Files.readAllLines(first)) {
                await().atMost(SOON).until(() -> !runs(Long.parseLong(pid)));
            }
            int told = Files.readAllLines(first).size();
            assertTrue(told < 10, "no longer than about one deadline");
            happens("serving", "upgrading"); // the other one was not to be had
            await().atMost(SOON).until(() -> Files.readAllLines(first).size() == told + 1);
        }
    }

    @Test
    void commandThatDoesNotReadHoldsUpNobody() throws Exception {
        try (TransitionHook hook = hook(PATIENT, "echo told >> '" + told() + "'")) {
            for (int i = 0; i < 3; i++) {
                happens("serving", "x".repeat(200_000)); // more than a pipe holds: pipe(7)
            }
            await().atMost(SOON).until(() -> toldLines().size() == 3);
        }
    }

    @Test
    void commandThatIsMissingOrFailsStopsNothing() throws Exception {
        try (TransitionHook missing = TransitionHook.start(events, List.of("no-such-hook"), PATIENT, directory);
                TransitionHook failing = hook(PATIENT, "cat >> '" + told() + "'; exit 3")) {
            happens("starting", "serving");
            happens("serving", "stopping");
            await().atMost(SOON).until(() -> toldLines().size() == 2);
        }
        leavesNothing();
        assertEquals(0, events.followers());
    }
}
