package dev.baton.kit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Clients that connect, read until the end, and connect again, and never try twice in silence. */
final class Clients implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final InetSocketAddress address;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Exception> failures = new ArrayList<>();
    private final Map<String, Integer> answers = new TreeMap<>();
    private volatile boolean stopped;

    private Clients(InetSocketAddress address) {
        this.address = address;
    }

    /** So many of them, in a hurry. */
    static Clients start(int count, InetSocketAddress address) {
        Clients clients = new Clients(address);
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(clients::run, "client-" + i);
            thread.setDaemon(true);
            clients.threads.add(thread);
            thread.start();
        }
        return clients;
    }

    /** Connects once, and reads until the end. */
    static String ask(SocketAddress address) throws IOException {
        if (!(address instanceof InetSocketAddress inet)) {
            try (SocketChannel channel = SocketChannel.open(address)) {
                return read(channel);
            }
        }
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(inet, PATIENCE_MILLIS);
            byte[] answer = socket.getInputStream().readAllBytes();
            socket.setSoLinger(true, 0); // leaves no port in TIME_WAIT behind
            return new String(answer, StandardCharsets.US_ASCII);
        }
    }

    private static String read(SocketChannel channel) throws IOException {
        byte[] answer = Channels.newInputStream(channel).readAllBytes();
        return StandardCharsets.US_ASCII.decode(ByteBuffer.wrap(answer)).toString();
    }

    private void run() {
        while (!stopped) {
            try {
                String answer = ask(address);
                synchronized (this) {
                    answers.merge(answer, 1, Integer::sum);
                }
            } catch (IOException e) {
                synchronized (this) {
                    failures.add(e);
                }
            }
        }
    }

    /** Lets each finish what it has begun. */
    void stop() {
        stopped = true;
        Ends.await(threads);
    }

    /** How often each answer came. */
    synchronized Map<String, Integer> answers() {
        return Map.copyOf(answers);
    }

    synchronized int answered() {
        return answers.values().stream().mapToInt(Integer::intValue).sum();
    }

    synchronized List<Exception> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        stop();
    }
}
