package dev.baton.process;

import dev.baton.demo.DemoApp;
import dev.baton.handover.Fd;
import dev.baton.kit.Pluggable;
import dev.baton.kit.Plugging;
import dev.baton.kit.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The main class of a worker that is the demo application, takes its time over accepting and parking, so that a test
 * can strike meanwhile, and exits when a file says so.
 */
final class FaultyDemo {
    private static final Duration PLUG = Duration.ofMillis(800);

    private FaultyDemo() {}

    /** @param orders where a file named by its pid makes a worker exit with 1 */
    static List<String> command(String label, Path orders) {
        List<String> command = new ArrayList<>(Places.java(FaultyDemo.class));
        command.addAll(List.of(orders.toString(), "--label", label));
        return command;
    }

    public static void main(String[] arguments) throws Exception {
        watch(Path.of(arguments[0]));
        Worker.attach().add(new Slow());
        DemoApp.main(List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
    }

    private static void watch(Path orders) throws IOException {
        String own = Long.toString(ProcessHandle.current().pid());
        WatchService watch = orders.getFileSystem().newWatchService();
        orders.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
        Thread thread = new Thread(() -> {
            try {
                while (!Files.exists(orders.resolve(own))) {
                    WatchKey key = watch.take();
                    key.pollEvents();
                    key.reset();
                }
                Runtime.getRuntime().halt(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** A slot beside the real ones, before them. */
    private record Slow() implements Pluggable {
        @Override
        public String name() {
            return "line";
        }

        @Override
        public String privateAddress() {
            return "127.0.0.1:1";
        }

        @Override
        public void rehearse(Plugging plugging) {}

        @Override
        public void plug(Fd publicListener, Plugging plugging) {
            pause();
        }

        @Override
        public void unplug(Plugging plugging) {
            pause();
        }

        @Override
        public void stop() {}

        private static void pause() {
            long end = System.nanoTime() + PLUG.toNanos();
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
        }
    }
}
