package dev.baton.process;

import dev.baton.demo.DemoApp;
import dev.baton.handover.Fd;
import dev.baton.kit.Pluggable;
import dev.baton.kit.Plugging;
import dev.baton.kit.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The main class of a demo application that hangs at a point of its life as long as a file is there that says so: {@code
 * start-2} before generation 2 attaches, {@code accept-2} when it is to accept, {@code park-2} when it is to park.
 */
final class HoldingDemo {
    private HoldingDemo() {}

    /** What starts one that looks in this directory. */
    static List<String> command(Path holds, String label) {
        List<String> command = new ArrayList<>(List.of(
                Places.java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx128m",
                "-Dholds=" + holds,
                "-cp",
                System.getProperty("java.class.path"),
                HoldingDemo.class.getName(),
                "--label",
                label));
        return command;
    }

    /** Names the point. */
    static Path hold(Path holds, String point, int generation) {
        return holds.resolve(point + "-" + generation);
    }

    public static void main(String[] arguments) throws Exception {
        Path holds = Path.of(System.getProperty("holds"));
        int generation = Integer.parseInt(System.getenv("BATON_GENERATION"));
        await(hold(holds, "start", generation));
        Worker worker = Worker.attach();
        worker.add(new Pluggable() {
            @Override
            public String name() {
                return "http";
            }

            @Override
            public String privateAddress() {
                return "none";
            }

            @Override
            public void rehearse(Plugging plugging) {
                // There is nothing that would have to be loaded.
            }

            @Override
            public void plug(Fd publicListener, Plugging plugging) {
                await(hold(holds, "accept", generation));
            }

            @Override
            public void unplug(Plugging plugging) {
                await(hold(holds, "park", generation));
            }

            @Override
            public void stop() {
                // It holds nothing.
            }
        });
        Thread ticker = new Thread(() -> {
            for (long tick = 0; ; tick++) {
                System.out.println("tick " + tick);
                System.err.println("tock " + tick);
                LockSupport.parkNanos(10_000_000);
            }
        });
        ticker.setDaemon(true);
        ticker.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> await(hold(holds, "exit", generation))));
        DemoApp.main(arguments);
    }

    private static void await(Path file) {
        while (Files.exists(file)) {
            LockSupport.parkNanos(10_000_000);
        }
    }
}
