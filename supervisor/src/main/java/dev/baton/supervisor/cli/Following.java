package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows the events of a supervisor, for as long as what is printed of them is read. One that replaces its own program
 * ends the stream and is there again in a moment: it is followed on, from the last event.
 */
final class Following {
    private static final String ID = "id: ";
    private static final String DATA = "data: ";
    /**
     * How long a supervisor may be away that has not said that it stops. One that takes over starts, and waits ten seconds
     * for a worker that does not come, before it can be asked anything.
     */
    static final Duration ABSENCE = Duration.ofSeconds(30);

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Found supervisor;
    private final Printout out;
    private final Duration absence;
    private boolean begun;
    private boolean stops;
    private long last;

    Following(Found supervisor, Printout out) {
        this(supervisor, out, ABSENCE);
    }

    /** @param absence how long it may be away that has not said that it stops */
    Following(Found supervisor, Printout out, Duration absence) {
        this.supervisor = supervisor;
        this.out = out;
        this.absence = absence;
        this.stops = isStopping(supervisor.status().optionalText("phase").orElse(""));
    }

    /**
     * Goes on until the supervisor has stopped, and returns the exit code.
     *
     * @param onBegun called once: nothing that happens from now on is missed
     * @param onEvent given each event, as JSON
     */
    int follow(Runnable onBegun, Consumer<String> onEvent) throws NoSupervisorException, InterruptedException {
        supervisor.client().follow(OptionalLong.empty(), line -> {
            if (!begun) {
                begun = true;
                onBegun.run();
            }
            return take(line, onEvent);
        });
        while (out.isHeard() && !stops) {
            followOn(onEvent);
        }
        return out.isHeard() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void followOn(Consumer<String> onEvent) throws NoSupervisorException, InterruptedException {
        long deadline = System.nanoTime() + absence.toNanos();
        while (true) {
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            try {
                supervisor.client().follow(OptionalLong.of(last), line -> take(line, onEvent));
                return;
            } catch (NoSupervisorException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    /** Whether there may be more; where nothing happens, the supervisor's sign of life is what asks. */
    private boolean take(String line, Consumer<String> onEvent) {
        if (line.startsWith(ID) && last == 0) { // where the stream begins
            last = Long.parseLong(line.substring(ID.length()));
        }
        if (line.startsWith(DATA)) {
            String data = line.substring(DATA.length());
            JsonObject event = JsonObject.parse(data);
            last = event.number("id");
            stops = isStopping(event.text("to"));
            onEvent.accept(data);
        }
        return out.isHeard();
    }

    private static boolean isStopping(String phase) {
        return phase.equals("stopping");
    }
}
