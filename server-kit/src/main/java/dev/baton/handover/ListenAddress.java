package dev.baton.handover;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Where a listener listens, as a user writes it: {@code 127.0.0.1:8080}, {@code [::]:8080}, {@code *:8080},
 * {@code :8080}, {@code unix:/run/shop/http.sock} or {@code systemd:NAME}.
 */
public sealed interface ListenAddress {
    /** As the user wrote it. */
    String text();

    /** Whether nobody can listen at the other one while somebody does here: bind(2), EADDRINUSE. */
    boolean isInTheWayOf(ListenAddress other);

    /** An address that bind(2) takes, as opposed to one that somebody else has bound. */
    sealed interface Bindable extends ListenAddress {
        /** The {@code sockaddr}, its size being the buffer's. */
        ByteBuffer socketName();

        /** Whether an IPv6 socket here takes IPv4 connections too: IPV6_V6ONLY off, ipv6(7). */
        boolean isDualStack();
    }

    /** TCP. The wildcards {@code :}, {@code *:} and {@code [::]:} take IPv4 and IPv6, {@code 0.0.0.0:} IPv4 alone. */
    record Inet(String text, InetSocketAddress address) implements Bindable {
        @Override
        public ByteBuffer socketName() {
            return isDualStack() ? SocketNames.anyInet6(address.getPort()) : SocketNames.inet(address);
        }

        @Override
        public boolean isDualStack() {
            return address.getAddress().isAnyLocalAddress() && "[:*".indexOf(text.charAt(0)) >= 0;
        }

        @Override
        public boolean isInTheWayOf(ListenAddress other) {
            return other instanceof Inet there
                    && address.getPort() != 0
                    && address.getPort() == there.address.getPort()
                    && (takes(there.address.getAddress()) || there.takes(address.getAddress()));
        }

        private boolean takes(InetAddress one) {
            InetAddress own = address.getAddress();
            return own.equals(one) || own.isAnyLocalAddress() && (isDualStack() || own.getClass() == one.getClass());
        }

        /** The bytes of the host's address, in hexadecimal. */
        public String ip() {
            return HexFormat.of().formatHex(address.getAddress().getAddress());
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

        @Override
        public boolean isInTheWayOf(ListenAddress other) {
            return other instanceof Unix there && path.equals(there.path);
        }
    }

    /** A socket that systemd passes, by its FileDescriptorName=. */
    record Systemd(String text, String name) implements ListenAddress {
        @Override
        public boolean isInTheWayOf(ListenAddress other) {
            return equals(other);
        }
    }

    /** An address as it is written, without a name: an IPv6 one in brackets, RFC 3986 3.2.2. */
    static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /**
     * Reads an address whose host has been looked up already: asked again, the machine might wait, or know another answer,
     * or none.
     *
     * @param ip what {@link Inet#ip} gave; nothing for an address without a host
     */
    static ListenAddress parse(String text, String ip) {
        return AddressText.parse(
                text, host -> InetAddress.getByAddress(HexFormat.of().parseHex(ip)));
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    static ListenAddress parse(String text) {
        return AddressText.parse(text, AddressText::resolve);
    }
}
