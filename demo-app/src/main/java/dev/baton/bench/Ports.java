package dev.baton.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Addresses on 127.0.0.1. */
final class Ports {
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
        boolean open = Waiting.until(
                Program.PATIENCE, () -> isOpen(address) || !program.handle().isAlive());
        if (!open || !program.handle().isAlive()) {
            throw new IOException(program + " does not listen on " + text(address) + ": " + program.said());
        }
    }

    private static boolean isOpen(InetSocketAddress address) {
        try (Socket probe = new Socket(address.getAddress(), address.getPort())) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
