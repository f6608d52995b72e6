package dev.baton.agent;

import dev.baton.handover.Libc;
import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Makes ready what the program's first listener will need, on a thread of its own: a program takes its time until it
 * binds, and mostly leaves a core idle meanwhile. Who comes earlier waits.
 */
final class Start implements Supplier<Hooks> {
    /** What attaching a worker and plugging a listener come to, as far as it can be loaded before either happens. */
    private static final List<String> FOR_THE_FIRST_BIND = List.of(
            "dev.baton.kit.Worker",
            "dev.baton.kit.Link",
            "dev.baton.kit.Connections",
            "dev.baton.kit.Slot",
            "dev.baton.kit.Progress",
            "dev.baton.handover.HandoverChannel",
            "dev.baton.handover.Message",
            "dev.baton.agent.ProgramListener");

    private final FutureTask<ProgramHooks> made;
    private final Thread thread = new Thread(this::run, "baton-start");

    Start(Instrumentation instrumentation) {
        made = new FutureTask<>(() -> new ProgramHooks(Listeners.ofEnvironment(System.getenv()), instrumentation));
    }

    void begin() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        made.run();
        if (ClassLoader.getSystemResource("dev/baton/kit/Worker.class") == null) {
            // A program that may use the kit loads it by itself, if at all.
            warmUp();
        }
    }

    private static void warmUp() {
        Libc.isStream(-1);
        for (String name : FOR_THE_FIRST_BIND) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException("the agent's jar has no " + name, e);
            }
        }
    }

    /** {@code null} for the very thread that makes them. */
    @Override
    public ProgramHooks get() {
        if (Thread.currentThread() == thread) {
            return null;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return made.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException("the agent could not start: " + e.getCause(), e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
