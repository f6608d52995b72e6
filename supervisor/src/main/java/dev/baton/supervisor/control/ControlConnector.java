package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts on the control socket, and looks at who it is before anything is read: SO_PEERCRED, unix(7). What it does
 * not let in is closed right after accept(2), and Jetty never gets to see it.
 *
 * <p>Threading: {@link #configure} runs on the one thread that accepts.
 */
final class ControlConnector extends UnixDomainServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(ControlConnector.class);

    private static final String ROOT = "0";

    private final Set<UserPrincipal> allowed;
    private final int mostClients;
    private final RefusalLog refusals = new RefusalLog();
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

    ControlConnector(Server server, Set<Integer> allowedUids, int mostClients, ConnectionFactory... factories)
            throws IOException {
        super(server, 1, 1, factories);
        this.allowed = principals(allowedUids);
        this.mostClients = mostClients;
    }

    private static Set<UserPrincipal> principals(Set<Integer> uids) throws IOException {
        // The JDK compares principals by uid, and takes a uid in the place of a name.
        UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
        Set<UserPrincipal> principals = new HashSet<>();
        principals.add(users.lookupPrincipalByName(ROOT));
        principals.add(Files.getOwner(Path.of("/proc/self")));
        for (int uid : uids) {
            principals.add(users.lookupPrincipalByName(Integer.toString(uid)));
        }
        return principals;
    }

    @Override
    protected void configure(SocketChannel channel) throws IOException {
        try {
            letIn(channel);
        } catch (IOException e) {
            // The client is gone already. Thrown on, this would make Jetty complain and pause accepting.
            LOG.debug("control=lost", e);
            channel.close();
        }
        // A channel closed here cannot be registered with a selector, and Jetty forgets it without a word.
    }

    private void letIn(SocketChannel channel) throws IOException {
        UserPrincipal user =
                channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        clients.removeIf(client -> !client.isOpen());
        if (!allowed.contains(user)) {
            refusals.refused(user.getName(), "not allowed");
            channel.close();
        } else if (clients.size() >= mostClients) {
            refusals.refused(user.getName(), "too many clients");
            // A socket that is just accepted has room for so little, so this write neither blocks nor falls short.
            channel.write(ByteBuffer.wrap(tooMany().getBytes(StandardCharsets.UTF_8)));
            channel.close();
        } else {
            clients.add(channel);
            super.configure(channel);
        }
    }

    private String tooMany() {
        Answer answer = Answer.of(Problem.of(
                503,
                "Too many clients",
                mostClients + " clients are connected already, the most there may be; try again in a moment."));
        return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: " + answer.type() + "\r\nConnection: close\r\n"
                + "Content-Length: " + answer.body().getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                + answer.body();
    }
}
