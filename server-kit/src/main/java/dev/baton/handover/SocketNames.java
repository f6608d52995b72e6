package dev.baton.handover;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** {@code struct sockaddr_in}, {@code sockaddr_in6} and {@code sockaddr_un}: ip(7), ipv6(7), unix(7). */
final class SocketNames {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    /** {@code sun_path} with its closing NUL. */
    static final int LONGEST_PATH = 107;

    private SocketNames() {}

    static ByteBuffer inet(InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        boolean v4 = address.getAddress() instanceof Inet4Address;
        ByteBuffer name = Libc.struct(v4 ? 16 : 28);
        name.putShort(0, (short) (v4 ? AF_INET : AF_INET6));
        putPort(name, address.getPort());
        name.position(v4 ? 4 : 8);
        name.put(bytes);
        if (address.getAddress() instanceof Inet6Address v6) {
            name.putInt(24, v6.getScopeId()); // a link-local address is one on an interface
        }
        return name.rewind();
    }

    static ByteBuffer anyInet6(int port) {
        ByteBuffer name = Libc.struct(28);
        name.putShort(0, (short) AF_INET6);
        putPort(name, port);
        return name;
    }

    static ByteBuffer unix(Path path) {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST_PATH) {
            throw new IllegalArgumentException("a unix socket's path has at most " + LONGEST_PATH + " bytes, this one "
                    + bytes.length + ": " + path);
        }
        ByteBuffer name = Libc.struct(2 + bytes.length + 1);
        name.putShort(0, (short) AF_UNIX);
        name.position(2);
        name.put(bytes);
        return name.rewind();
    }

    /** A name that is no file: it begins with a NUL, and its length is the address's. */
    static ByteBuffer abstractUnix(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST_PATH) {
            throw new IllegalArgumentException(
                    "an abstract socket's name has at most " + LONGEST_PATH + " bytes: @" + text);
        }
        ByteBuffer name = Libc.struct(2 + 1 + bytes.length);
        name.putShort(0, (short) AF_UNIX);
        name.position(3);
        name.put(bytes);
        return name.rewind();
    }

    static Optional<SocketAddress> parse(ByteBuffer name) {
        if (name.remaining() < 2) {
            return Optional.empty();
        }
        return switch (name.getShort(0)) {
            case AF_INET -> Optional.of(inet(name, 4, 4));
            case AF_INET6 -> Optional.of(inet(name, 8, 16));
            case AF_UNIX -> unix(name);
            default -> Optional.empty();
        };
    }

    private static InetSocketAddress inet(ByteBuffer name, int at, int size) {
        byte[] bytes = new byte[size];
        name.get(at, bytes);
        int port =
                Short.toUnsignedInt(name.duplicate().order(ByteOrder.BIG_ENDIAN).getShort(2));
        try {
            // A v4-mapped v6 address becomes an Inet4Address here, as it does in the JDK's own channels.
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of " + size + " bytes", e);
        }
    }

    private static Optional<SocketAddress> unix(ByteBuffer name) {
        byte[] bytes = new byte[name.remaining() - 2];
        name.get(2, bytes);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        String path = new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
        return path.isEmpty() ? Optional.empty() : Optional.of(UnixDomainSocketAddress.of(path));
    }

    private static void putPort(ByteBuffer name, int port) {
        name.put(2, (byte) (port >> 8)).put(3, (byte) port);
    }
}
