package dev.baton.supervisor.control;

import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.config.RuntimeDirectories;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The supervisor's control socket: HTTP and JSON for those who may. Nobody's bytes are read before it is known whether
 * he may, and the HTTP server is not even there before the first one comes who does.
 *
 * <p>Threading: daemon threads of its own, none of which a slow or waiting client can hold.
 *
 * <p>Ownership: whoever started it closes it; the supervision stays the caller's. Closing removes the socket.
 */
public final class ControlEndpoint implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlEndpoint.class);

    private final ControlServer server;
    private final EventLog events;
    private final Path socket;
    private final Limits limits;
    private final List<Door> doors = new ArrayList<>();

    private ControlEndpoint(ControlServer server, EventLog events, Path socket, Limits limits) {
        this.server = server;
        this.events = events;
        this.socket = socket;
        this.limits = limits;
    }

    /**
     * Begins to answer.
     *
     * @param events what is sent to those who follow {@code /v1/events}; somebody else feeds it
     * @param socket where; its directory exists, and what a dead supervisor left there is replaced
     * @param allowedUids who may besides root and this process's own user; they need access to the file by its group
     * @throws IOException if the socket cannot be made
     */
    public static ControlEndpoint start(Supervision supervision, EventLog events, Path socket, Set<Integer> allowedUids)
            throws IOException {
        return start(supervision, events, socket, allowedUids, Limits.USUAL);
    }

    static ControlEndpoint start(
            Supervision supervision, EventLog events, Path socket, Set<Integer> allowedUids, Limits limits)
            throws IOException {
        RuntimeDirectories.requireShortEnough(socket);
        ControlEndpoint endpoint =
                new ControlEndpoint(new ControlServer(supervision, events, limits), events, socket, limits);
        try {
            Files.deleteIfExists(socket);
            ServerSocketChannel listener = endpoint.bound(UnixDomainSocketAddress.of(socket));
            // Until now the directory's mode kept everyone out, and who is not allowed never gets in anyway.
            String mode = allowedUids.isEmpty() ? "rw-------" : "rw-rw----";
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString(mode));
            endpoint.open(listener, new PeerDoorman(allowedUids, limits.clients()), Optional.empty());
            return endpoint;
        } catch (IOException e) {
            endpoint.close();
            throw new IOException("can't listen on the control socket " + socket + ": " + e.getMessage(), e);
        }
    }

    private ServerSocketChannel bound(SocketAddress address) throws IOException {
        ServerSocketChannel listener = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        try {
            return listener.bind(address, limits.clients());
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    private Door open(ServerSocketChannel listener, Doorman doorman, Optional<TokenGate> gate) {
        Door door = Door.open(listener, doorman, client -> server.take(client, gate));
        doors.add(door);
        return door;
    }

    /**
     * Answers over TCP, too, to those who have a token.
     *
     * @param hosts the names, besides numbers and {@code localhost}, by which clients may call it
     * @return where: with the port that the kernel chose, if it was to
     * @throws IOException if nothing can listen there
     */
    public InetSocketAddress listen(InetSocketAddress address, Set<String> hosts, Token reads, Token acts)
            throws IOException {
        try {
            Door door = open(
                    bound(address), new TcpDoorman(limits.clients()), Optional.of(new TokenGate(reads, acts, hosts)));
            return (InetSocketAddress) door.address();
        } catch (IOException e) {
            throw new IOException("can't listen on control.http " + address + ": " + e.getMessage(), e);
        }
    }

    /**
     * Is asked once by this very process, and waits for the answer, so that everything is there that it takes. Where it
     * fails it has no effect.
     */
    public void rehearse() {
        try {
            ControlClient.of(socket).get("/v1/status");
        } catch (NoSupervisorException e) {
            LOG.debug("control=not rehearsed", e);
        }
    }

    /** Whether anybody has asked so far. */
    boolean isUp() {
        return server.isUp();
    }

    /** Where it answers. */
    public Path socket() {
        return socket;
    }

    /** Stops answering, and removes the socket. */
    @Override
    public void close() throws IOException {
        events.end();
        try {
            for (Door door : doors) {
                door.close();
            }
            server.close();
        } finally {
            Files.deleteIfExists(socket);
        }
    }
}
