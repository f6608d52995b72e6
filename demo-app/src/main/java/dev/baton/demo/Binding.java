package dev.baton.demo;

import java.net.InetSocketAddress;

/**
 * A listener of the demo.
 *
 * @param name says what is spoken there: {@code https…} HTTPS, {@code http…} HTTP, anything else lines
 * @param address where it is bound; null where it is no address of the internet's
 * @param socket where its socket comes from
 */
record Binding(String name, InetSocketAddress address, Socket socket) {
    /** What there is besides a supervisor, to be compared with one. */
    enum Socket {
        /** Bound by itself. */
        OWN,
        /** Bound by the parent, and passed as descriptor 0: {@link System#inheritedChannel}. */
        INHERITED,
        /** Bound by itself, with SO_REUSEPORT. */
        SHARED
    }

    Binding(String name, InetSocketAddress address) {
        this(name, address, Socket.OWN);
    }

    boolean speaksHttp() {
        return name.startsWith("http");
    }

    boolean speaksTls() {
        return name.startsWith("https");
    }
}
