package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.HashSet;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts on the control socket, and looks at who it is before anything is read: SO_PEERCRED, unix(7). What it does
 * not let in is closed right after accept(2), and Jetty never gets to see it. Those who are only allowed to leave room
 * for those whose supervisor it is.
 *
 * <p>Threading: {@link #configure} runs on the one thread that accepts.
 */
final class ControlConnector extends UnixDomainServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(ControlConnector.class);

    private static final String ROOT = "0";

    private final Set<UserPrincipal> allowed;
    private final Set<UserPrincipal> owners;
    private final int mostClients;
    private final RefusalLog refusals = new RefusalLog();
    private final Clients clients;

    ControlConnector(Server server, Set<Integer> allowedUids, int mostClients, ConnectionFactory... factories)
            throws IOException {
        super(server, 1, 1, factories);
        this.allowed = principals(allowedUids);
        this.owners = principals(Set.of());
        this.mostClients = mostClients;
        this.clients = new Clients(mostClients);
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
        if (!allowed.contains(user)) {
            refusals.refused(user.getName(), "not allowed");
            channel.close();
        } else if (owners.contains(user)
                ? clients.letIn(channel, owners, mostClients)
                : clients.letIn(channel, allowed, mostClients / 2)) {
            super.configure(channel);
        } else {
            refusals.refused(user.getName(), "too many clients");
        }
    }
}
