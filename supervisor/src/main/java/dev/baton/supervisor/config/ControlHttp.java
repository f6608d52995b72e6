package dev.baton.supervisor.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The control endpoint over TCP.
 *
 * @param hosts the names, besides numbers and {@code localhost}, by which clients call it
 * @param readToken the file with the token that reads; empty: one is made
 * @param actToken the file with the token that acts; empty: one is made
 */
public record ControlHttp(
        InetSocketAddress address, Set<String> hosts, Optional<Path> readToken, Optional<Path> actToken) {
    public ControlHttp {
        hosts = Set.copyOf(hosts);
    }

    /** At this address, with made tokens, and called by number. */
    public static ControlHttp at(InetSocketAddress address) {
        return new ControlHttp(address, Set.of(), Optional.empty(), Optional.empty());
    }

    /** The same elsewhere. */
    public ControlHttp movedTo(InetSocketAddress other) {
        return new ControlHttp(other, hosts, readToken, actToken);
    }
}
