package dev.baton.kit;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A program that knows nothing of slots: it accepts, answers with its name, and closes. */
final class Acceptor implements AutoCloseable {
    /** How programs accept. */
    enum Kind {
        ONE_THREAD,
        SEVERAL_THREADS,
        VIRTUAL_THREADS,
        SELECTOR;

        boolean isPossible() {
            return this != VIRTUAL_THREADS || VirtualThreads.arePossible();
        }
    }

    private static final int SEVERAL = 3;

    private final String name;
    private final ServerSocketChannel channel;
    private final Slot slot;
    private final Selector selector;
    private final List<Exception> failures = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private int served;
    private int strangers;

    private Acceptor(String name, ServerSocketChannel channel, Selector selector) throws IOException {
        this.name = name;
        this.channel = channel;
        this.selector = selector;
        this.slot = Slot.under(name, channel);
    }

    /** A program that accepts at a channel, bound to a private address; the channel is the program's from now on. */
    static Acceptor start(String name, Kind kind, ServerSocketChannel channel) throws IOException {
        Acceptor acceptor;
        if (kind == Kind.SELECTOR) {
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
            acceptor = new Acceptor(name, channel, selector);
            acceptor.run(false, acceptor::select);
        } else {
            acceptor = new Acceptor(name, channel, null);
            int count = kind == Kind.ONE_THREAD ? 1 : SEVERAL;
            for (int i = 0; i < count; i++) {
                acceptor.run(kind == Kind.VIRTUAL_THREADS, acceptor::accept);
            }
        }
        return acceptor;
    }

    private void run(boolean isVirtual, Runnable loop) {
        if (isVirtual) {
            VirtualThreads.start(loop);
            return;
        }
        Thread thread = new Thread(loop, name + "-" + threads.size());
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                serve(channel.accept());
            }
        } catch (ClosedChannelException e) {
            // The program has closed it.
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void select() {
        try {
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                SocketChannel accepted;
                while ((accepted = channel.accept()) != null) {
                    serve(accepted);
                }
            }
        } catch (ClosedChannelException | ClosedSelectorException e) {
            // The program has closed it.
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void serve(SocketChannel accepted) {
        try (accepted) {
            accepted.write(ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)));
            count(1, 0); // before the client can have noticed
        } catch (IOException e) {
            count(0, 1); // the client is gone
        }
    }

    private synchronized void count(int nowServed, int nowStrangers) {
        served += nowServed;
        strangers += nowStrangers;
        notifyAll();
    }

    private synchronized void fail(Exception e) {
        failures.add(e);
        notifyAll();
    }

    String name() {
        return name;
    }

    Slot slot() {
        return slot;
    }

    ServerSocketChannel channel() {
        return channel;
    }

    SocketAddress privateAddress() {
        return slot.privateAddress();
    }

    synchronized int served() {
        return served;
    }

    /** Connections that were gone before they were answered. */
    synchronized int strangers() {
        return strangers;
    }

    /** What went wrong in an accept loop, which ended it. */
    synchronized List<Exception> failures() {
        return List.copyOf(failures);
    }

    synchronized void awaitServed(int atLeast) throws InterruptedException {
        long deadline = System.nanoTime() + FakeSupervisor.PATIENCE.toNanos();
        while (served < atLeast) {
            if (!failures.isEmpty() || System.nanoTime() > deadline) {
                throw new AssertionError(name + " has served " + served + ", not " + atLeast + "; " + failures);
            }
            wait(100);
        }
    }

    @Override
    public void close() throws IOException {
        slot.release();
        channel.close();
        if (selector != null) {
            selector.close();
        }
        Ends.await(threads);
    }
}
