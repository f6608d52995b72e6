package dev.baton.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** Addresses on 127.0.0.1. */
final class Ports {
    private static final long PAUSE = 20;

    private Ports() {}

    static InetSocketAddress local(int port) {
        return new InetSocketAddress("127.0.0.1", port);
    }

    static String text(InetSocketAddress address) {
        return "127.0.0.1:" + address.getPort();
    }

    /** One that the kernel has chosen and nobody holds, for programs that must be told one. */
    static InetSocketAddress free() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return local(probe.getLocalPort());
        }
    }

    /** Waits until somebody accepts there, or the program has ended that should. */
    static void awaitOpen(InetSocketAddress address, Program program) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Program.PATIENCE);
        while (true) {
            try {
                new Socket(address.getAddress(), address.getPort()).close();
                return;
            } catch (IOException e) {
                if (!program.handle().isAlive() || System.nanoTime() - end > 0) {
                    throw new IOException(program + " does not listen on " + text(address) + ": " + program.said(), e);
                }
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE);
        }
    }
}
