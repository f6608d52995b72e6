package dev.baton.demo;

import java.net.InetSocketAddress;

/**
 * A listener of the demo.
 *
 * @param name says what is spoken there: {@code https…} HTTPS, {@code http…} HTTP, anything else lines
 * @param address where it is bound; null where it is no address of the internet's
 */
record Binding(String name, InetSocketAddress address) {
    boolean speaksHttp() {
        return name.startsWith("http");
    }

    boolean speaksTls() {
        return name.startsWith("https");
    }
}
