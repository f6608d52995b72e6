package dev.baton.kit;

import dev.baton.handover.Libc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds the descriptors under the JDK's channels by what the kernel says they are bound and connected to, without
 * reflection: getsockname(2) and getpeername(2) over /proc/self/fd.
 */
public final class Descriptors {
    private static final Path OPEN = Path.of("/proc/self/fd");

    private final Map<List<SocketAddress>, Integer> connections;

    private Descriptors(Map<List<SocketAddress>, Integer> connections) {
        this.connections = connections;
    }

    /** Looks at every connected socket of this process once: for a caller that asks for thousands of them. */
    public static Descriptors ofConnections() {
        Map<List<SocketAddress>, Integer> found = new HashMap<>();
        for (int fd : numbers()) {
            Libc.remoteAddress(fd)
                    .ifPresent(remote ->
                            Libc.localAddress(fd).ifPresent(local -> found.put(List.of(local, remote), fd)));
        }
        return new Descriptors(found);
    }

    /** The descriptor under a connected TCP channel, as of the time of the look; empty where it was not there then. */
    public OptionalInt of(SocketChannel channel) throws IOException {
        SocketAddress local = channel.getLocalAddress();
        SocketAddress remote = channel.getRemoteAddress();
        Integer fd = local == null || remote == null ? null : connections.get(List.of(local, remote));
        return fd != null && isUnder(fd, channel) ? OptionalInt.of(fd) : OptionalInt.empty();
    }

    /** Whether this descriptor is, now, that channel's; not where that is closed, or not connected. */
    static boolean isUnder(int fd, SocketChannel channel) throws IOException {
        try {
            SocketAddress remote = channel.getRemoteAddress();
            return remote != null
                    && Libc.remoteAddress(fd).filter(remote::equals).isPresent()
                    && Libc.localAddress(fd)
                            .filter(channel.getLocalAddress()::equals)
                            .isPresent();
        } catch (ClosedChannelException e) {
            return false;
        }
    }

    /**
     * The descriptor under a listening channel.
     *
     * @throws IOException where there is none, which means that the channel is closed
     */
    static int of(ServerSocketChannel listener) throws IOException {
        SocketAddress address = listener.getLocalAddress();
        for (int fd : numbers()) {
            if (Libc.isListening(fd)
                    && Libc.localAddress(fd).filter(address::equals).isPresent()) {
                return fd;
            }
        }
        throw new IOException("no descriptor of this process listens at " + address);
    }

    /** Of connections that were accepted at these addresses, by whomever in this process, and are not closed. */
    static List<Integer> acceptedAt(Set<SocketAddress> listeners) {
        return numbers().stream()
                .filter(fd -> Libc.localAddress(fd)
                                .filter(local -> isOneOf(listeners, local))
                                .isPresent()
                        && Libc.isConnected(fd))
                .toList();
    }

    /** A connection has the very address that its client has reached, where the listener may have all of them. */
    private static boolean isOneOf(Set<SocketAddress> listeners, SocketAddress local) {
        return listeners.contains(local)
                || local instanceof InetSocketAddress inet
                        && listeners.stream()
                                .anyMatch(listener -> listener instanceof InetSocketAddress all
                                        && all.getAddress().isAnyLocalAddress()
                                        && all.getPort() == inet.getPort());
    }

    /** The epoll instances of this process: epoll(7). */
    static List<Integer> epolls() {
        List<Integer> epolls = new ArrayList<>();
        for (int fd : numbers()) {
            if (Libc.socketCookie(fd) == 0 && target(fd).equals("anon_inode:[eventpoll]")) {
                epolls.add(fd);
            }
        }
        return epolls;
    }

    /** What /proc/self/fd says that a descriptor is, or nothing where it was closed meanwhile. */
    static String target(int fd) {
        try {
            return Files.readSymbolicLink(OPEN.resolve(Integer.toString(fd))).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(OPEN)) {
            entries.forEach(
                    entry -> numbers.add(Integer.valueOf(entry.getFileName().toString())));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + OPEN + "; is /proc mounted?", e);
        }
        return numbers;
    }
}
