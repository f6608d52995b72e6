package dev.baton.agent;

import java.io.File;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * What the JDK's transformed classes call: the one class that they and the agent both see. The bootstrap loader has it;
 * everything else of the agent lives in a loader that nobody else knows.
 *
 * <p>Threading: any. Without hooks, every answer is what would have been without us.
 */
public final class Bridge {
    private static volatile Supplier<? extends Hooks> hooks;

    private Bridge() {}

    /** Where the calls go, which the first of them may have to wait for; {@code null}, or nowhere, lets the JDK be. */
    public static void lead(Supplier<? extends Hooks> to) {
        hooks = to;
    }

    private static Hooks hooks() {
        Supplier<? extends Hooks> from = hooks;
        return from == null ? null : from.get();
    }

    /** A socket is about to be bound: the address to bind instead. */
    public static InetAddress address(FileDescriptor fd, int number, InetAddress wanted, int port) throws IOException {
        Hooks to = hooks();
        return to == null ? wanted : to.address(fd, number, wanted, port);
    }

    /** After {@link #address}: the port to bind instead. */
    public static int port(FileDescriptor fd, int wanted) {
        Hooks to = hooks();
        return to == null ? wanted : to.port(fd, wanted);
    }

    /** A unix socket is about to be bound: the path to bind instead. */
    public static Path path(FileDescriptor fd, int number, Path wanted) throws IOException {
        Hooks to = hooks();
        return to == null ? wanted : to.path(fd, number, wanted);
    }

    /** A file is about to be deleted: the one to delete instead. */
    public static Path deleting(Path wanted) throws IOException {
        Hooks to = hooks();
        return to == null ? wanted : to.deleting(wanted);
    }

    /** {@link #deleting(Path)}. */
    public static File deleting(File wanted) throws IOException {
        Path path;
        try {
            path = wanted.toPath();
        } catch (InvalidPathException e) {
            return wanted; // File.delete() does not throw, and of such a name is no listener
        }
        Path instead = deleting(path);
        return instead == path ? wanted : instead.toFile();
    }

    /** What a socket is said to be bound to. */
    public static InetSocketAddress localAddress(InetSocketAddress bound, FileDescriptor fd) {
        Hooks to = hooks();
        return to == null ? bound : to.localAddress(bound, fd);
    }

    /** What a unix socket is said to be bound to. */
    public static UnixDomainSocketAddress localAddress(UnixDomainSocketAddress bound, FileDescriptor fd) {
        Hooks to = hooks();
        return to == null ? bound : to.localAddress(bound, fd);
    }

    /** A socket listens. */
    public static void listening(FileDescriptor fd, int number) throws IOException {
        Hooks to = hooks();
        if (to != null) {
            to.listening(fd, number);
        }
    }

    /** Whether a descriptor may be made blocking that the program wants to be so. */
    public static boolean blocking(FileDescriptor fd, boolean wanted) {
        Hooks to = hooks();
        return to == null ? wanted : to.blocking(fd, wanted);
    }

    /** accept(2) has returned: a connection, if the result is positive. */
    public static int accepted(FileDescriptor listener, int result, FileDescriptor connection, int number) {
        Hooks to = hooks();
        if (to != null) {
            to.accepted(listener, result, connection, number);
        }
        return result;
    }

    /** The head of a response of this status is about to be written: whether its connection outlives it. */
    public static boolean keepsAlive(boolean wanted, int status) {
        Hooks to = hooks();
        return to == null ? wanted : to.keepsAlive(wanted, status);
    }

    /** The head of a response is about to be written, which this is, or has. */
    public static void answering(Object response) {
        Hooks to = hooks();
        if (to != null) {
            to.answering(response);
        }
    }

    /** What carries a connection by HTTP/2 has been made, the program's own as a client too. */
    public static void speaksHttp2(Object connection) {
        Hooks to = hooks();
        if (to != null) {
            to.speaksHttp2(connection);
        }
    }

    /** The head of a response of this status has been written, by this, to the end of this, and not been sent. */
    public static void answers(Object generator, int status, ByteBuffer head) {
        Hooks to = hooks();
        if (to != null) {
            to.answers(generator, status, head);
        }
    }

    /** The program has made a server that can hand over its connections. */
    public static void serverMade(Object server) {
        Hooks to = hooks();
        if (to != null) {
            to.serverMade(server);
        }
    }

    /** A server is about to connect to itself, to wake who accepts: where to. */
    public static InetSocketAddress knock(InetSocketAddress wanted) {
        Hooks to = hooks();
        return to == null ? wanted : to.knock(wanted);
    }

    /** An option of a socket is about to be set or read: as one of which family. Only this option has one for each. */
    public static ProtocolFamily family(int number, ProtocolFamily supposed, SocketOption<?> option) {
        Hooks to = option == StandardSocketOptions.IP_TOS ? hooks() : null;
        return to == null ? supposed : to.family(number, supposed);
    }

    /** A socket is about to be closed. */
    public static void closing(FileDescriptor fd) {
        Hooks to = hooks();
        if (to != null) {
            to.closing(fd);
        }
    }
}
