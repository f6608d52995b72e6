package dev.baton.kit.connection;

import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.Interposition;
import dev.baton.kit.StoppableListener;
import dev.baton.kit.TestWorkers;
import dev.baton.kit.TrackedConnection;
import dev.baton.kit.Worker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Says every line back behind its generation, and ends the connection after {@code bye}. */
final class LineEcho implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "line-echo");
        thread.setDaemon(true);
        return thread;
    });
    private final Worker worker;
    private final StoppableListener listener;
    private final InetSocketAddress address;

    private LineEcho(Worker worker, StoppableListener listener, InetSocketAddress address) {
        this.worker = worker;
        this.listener = listener;
        this.address = address;
    }

    /** A worker; the supervisor's public listener is bound with the first. */
    static LineEcho start(FakeSupervisor supervisor, int generation, Interposition... layers) throws IOException {
        InetSocketAddress address = generation == 1 ? supervisor.listen("line", "127.0.0.1:0") : null;
        Worker worker = TestWorkers.attach(supervisor.environment(generation));
        StoppableListener listener = worker.listener("line");
        for (Interposition layer : layers) {
            listener.interpose(layer);
        }
        LineEcho echo = new LineEcho(worker, listener, address);
        echo.threads.execute(echo::acceptAll);
        worker.ready();
        return echo;
    }

    InetSocketAddress address() {
        return address;
    }

    int generation() {
        return worker.generation();
    }

    private void acceptAll() {
        while (listener.isOpen()) {
            try {
                TrackedConnection connection = listener.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(TrackedConnection connection) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.writeBytes(connection.state());
        boolean ours = true;
        try {
            while (!line.toString(StandardCharsets.US_ASCII).equals("bye\n")) {
                if (line.size() > 0 && line.toByteArray()[line.size() - 1] == '\n') {
                    line.reset();
                }
                if (!connection.quiet(line.toByteArray())) {
                    ours = false;
                    return;
                }
                if (!readLine(connection, line)) {
                    return;
                }
                connection
                        .output()
                        .write(("gen=" + worker.generation() + " " + line.toString(StandardCharsets.US_ASCII))
                                .getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // the client is gone, or was cut
        } finally {
            if (ours) {
                close(connection);
            }
        }
    }

    private static boolean readLine(TrackedConnection connection, ByteArrayOutputStream line) throws IOException {
        int c;
        while ((c = connection.input().read()) != '\n') {
            if (c < 0) {
                return false;
            }
            line.write(c);
        }
        line.write('\n');
        return true;
    }

    private static void close(TrackedConnection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // as good as closed
        }
    }

    @Override
    public void close() throws IOException {
        worker.close();
        threads.shutdownNow();
    }
}
