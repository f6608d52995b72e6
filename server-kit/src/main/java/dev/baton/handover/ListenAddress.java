package dev.baton.handover;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Where a listener listens, as a user writes it: {@code 127.0.0.1:8080}, {@code [::]:8080}, {@code *:8080},
 * {@code :8080}, {@code unix:/run/shop/http.sock} or {@code systemd:NAME}.
 */
public sealed interface ListenAddress {
    /** As the user wrote it. */
    String text();

    /** An address that bind(2) takes, as opposed to one that somebody else has bound. */
    sealed interface Bindable extends ListenAddress {
        /** The {@code sockaddr}, its size being the buffer's. */
        ByteBuffer socketName();

        /** Whether an IPv6 socket here takes IPv4 connections too: IPV6_V6ONLY off, ipv6(7). */
        boolean isDualStack();
    }

    /** TCP. A wildcard without brackets or with {@code ::} takes IPv4 and IPv6. */
    record Inet(String text, InetSocketAddress address) implements Bindable {
        @Override
        public ByteBuffer socketName() {
            return isDualStack() ? SocketNames.anyInet6(address.getPort()) : SocketNames.inet(address);
        }

        @Override
        public boolean isDualStack() {
            return address.getAddress().isAnyLocalAddress() && !text.startsWith("0.0.0.0");
        }

        /** Whether a program that binds {@code other} can mean this listener: the port, and a compatible address. */
        boolean covers(InetSocketAddress other) {
            return other.getPort() == address.getPort()
                    && (address.getAddress().isAnyLocalAddress()
                            || other.getAddress() == null
                            || other.getAddress().isAnyLocalAddress()
                            || other.getAddress().equals(address.getAddress()));
        }
    }

    /** A unix stream socket at an absolute path. */
    record Unix(String text, Path path) implements Bindable {
        @Override
        public ByteBuffer socketName() {
            return SocketNames.unix(path);
        }

        @Override
        public boolean isDualStack() {
            return false;
        }
    }

    /** A socket that systemd passes, by its FileDescriptorName=. */
    record Systemd(String text, String name) implements ListenAddress {}

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    static ListenAddress parse(String text) {
        if (text.startsWith("unix:")) {
            return unix(text);
        }
        if (text.startsWith("systemd:")) {
            String name = text.substring("systemd:".length());
            if (name.isEmpty()) {
                throw bad(text, "systemd: needs the FileDescriptorName= of a socket unit after it");
            }
            return new Systemd(text, name);
        }
        return inet(text);
    }

    private static ListenAddress unix(String text) {
        Path path = Path.of(text.substring("unix:".length()));
        if (!path.isAbsolute()) {
            throw bad(text, "a unix socket needs an absolute path, like unix:/run/shop/http.sock");
        }
        if (path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > SocketNames.LONGEST_PATH) {
            throw bad(text, "a unix socket's path has at most " + SocketNames.LONGEST_PATH + " bytes");
        }
        return new Unix(text, path);
    }

    private static ListenAddress inet(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw bad(text, "it has no port; write :8080, 127.0.0.1:8080, [::1]:8080 or unix:/path");
        }
        int port;
        try {
            port = Integer.parseInt(text.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw bad(text, "\"" + text.substring(colon + 1) + "\" is not a port");
        }
        if (port < 0 || port > 65535) {
            throw bad(text, "a port lies between 1 and 65535 (0 lets the kernel choose)");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") != host.endsWith("]") || (!host.startsWith("[") && host.contains(":"))) {
            throw bad(text, "an IPv6 address stands in brackets, like [::1]:8080");
        }
        try {
            InetAddress address = host.isEmpty() || host.equals("*")
                    ? InetAddress.getByAddress(new byte[16])
                    : InetAddress.getByName(host);
            return new Inet(text, new InetSocketAddress(address, port));
        } catch (UnknownHostException e) {
            throw bad(text, "there is no host \"" + host + "\"");
        }
    }

    private static IllegalArgumentException bad(String text, String why) {
        return new IllegalArgumentException("not an address: \"" + text + "\": " + why);
    }
}
