package dev.baton.kit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program on the kit: to every line it answers {@code GENERATION COUNT: LINE}, where the count is the connection's own
 * and goes on in the next worker. The rest of the state that travels is padding, which must arrive as it was.
 */
final class LineServer implements AutoCloseable {
    private final Worker worker;
    private final StoppableListener listener;
    private final int stateSize;
    private final boolean isVirtual;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Exception> failures = new ArrayList<>();
    private TrackedConnection latest;
    private int serving;
    private boolean stopped;

    private LineServer(Worker worker, StoppableListener listener, int stateSize, boolean isVirtual) {
        this.worker = worker;
        this.listener = listener;
        this.stateSize = stateSize;
        this.isVirtual = isVirtual;
    }

    /** The listener {@code line} of this generation, accepting in a thread, and ready. */
    static LineServer start(FakeSupervisor supervisor, int generation) throws IOException {
        return start(supervisor, generation, Long.BYTES);
    }

    /** With so much state for each connection. */
    static LineServer start(FakeSupervisor supervisor, int generation, int stateSize) throws IOException {
        return start(supervisor, generation, stateSize, false);
    }

    /** On virtual threads. */
    static LineServer startVirtual(FakeSupervisor supervisor, int generation) throws IOException {
        return start(supervisor, generation, Long.BYTES, true);
    }

    private static LineServer start(FakeSupervisor supervisor, int generation, int stateSize, boolean isVirtual)
            throws IOException {
        Worker worker = TestWorkers.attach(supervisor.environment(generation));
        LineServer server = new LineServer(worker, worker.listener("line"), stateSize, isVirtual);
        server.run("accept", server::accept);
        worker.ready();
        return server;
    }

    Worker worker() {
        return worker;
    }

    StoppableListener listener() {
        return listener;
    }

    private synchronized void run(String name, Runnable loop) {
        if (isVirtual) {
            threads.add(VirtualThreads.start(loop));
            return;
        }
        Thread thread = new Thread(loop, name + "-" + worker.generation() + "-" + threads.size());
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        try {
            while (listener.isOpen()) {
                TrackedConnection connection = listener.accept();
                synchronized (this) {
                    serving++;
                    latest = connection;
                }
                run("line", () -> serve(connection));
            }
        } catch (ListenerStoppedException e) {
            synchronized (this) {
                stopped = true;
                notifyAll();
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void serve(TrackedConnection connection) {
        try (connection) {
            long count = countIn(connection.state());
            while (connection.quiet(state(count))) {
                String line = readLine(connection);
                if (line == null) {
                    return;
                }
                count++;
                String answer = worker.generation() + " " + count + ": " + line + "\n";
                connection.output().write(answer.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // Cut, or reset by its client.
        } catch (RuntimeException e) {
            fail(e);
        } finally {
            synchronized (this) {
                serving--;
                notifyAll();
            }
        }
    }

    private byte[] state(long count) {
        byte[] state = new byte[stateSize];
        Arrays.fill(state, (byte) count);
        byte[] number = Long.toString(count).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(number, 0, state, 0, number.length);
        state[number.length] = '\n';
        return state;
    }

    private long countIn(byte[] state) {
        if (state.length == 0) {
            return 0;
        }
        String text = new String(state, StandardCharsets.ISO_8859_1);
        long count = Long.parseLong(text.substring(0, text.indexOf('\n')));
        if (!Arrays.equals(state, state(count))) {
            throw new IllegalStateException("a state that nobody sent: " + state.length + " bytes, count " + count);
        }
        return count;
    }

    /** Byte by byte, so that nothing is read that belongs to the next line. */
    private static String readLine(TrackedConnection connection) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b;
        while ((b = connection.input().read()) != '\n') {
            if (b < 0) {
                return null;
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private synchronized void fail(Exception e) {
        failures.add(e);
        notifyAll();
    }

    synchronized List<Exception> failures() {
        return List.copyOf(failures);
    }

    /** Connections in the program's hands. */
    synchronized int serving() {
        return serving;
    }

    /** Whether the connection that came last knows of a drain. */
    synchronized boolean isDraining() {
        return latest.isDraining();
    }

    /** Waits until the accept loop has been told that it is over. */
    synchronized void awaitStopped() throws InterruptedException {
        long deadline = System.nanoTime() + FakeSupervisor.PATIENCE.toNanos();
        while (!stopped) {
            if (!failures.isEmpty() || System.nanoTime() > deadline) {
                throw new AssertionError("the accept loop has not stopped; " + failures);
            }
            wait(100);
        }
    }

    /** Ends the worker; its clients must be gone. */
    @Override
    public void close() throws IOException {
        worker.close();
        List<Thread> left;
        synchronized (this) {
            left = List.copyOf(threads);
        }
        Ends.await(left);
    }
}
