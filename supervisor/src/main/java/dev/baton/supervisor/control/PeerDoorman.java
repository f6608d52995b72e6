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

/**
 * At the control socket, where the kernel tells who it is: SO_PEERCRED, unix(7). Those who are only allowed leave room
 * for those whose supervisor it is.
 *
 * <p>Threading: its door's.
 */
final class PeerDoorman implements Doorman {
    private static final String ROOT = "0";

    private final Set<UserPrincipal> allowed;
    private final Set<UserPrincipal> owners;
    private final int mostClients;
    private final RefusalLog refusals = new RefusalLog();
    private final Clients clients;

    PeerDoorman(Set<Integer> allowedUids, int mostClients) throws IOException {
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
    public boolean letsIn(SocketChannel client) throws IOException {
        UserPrincipal user = client.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (!allowed.contains(user)) {
            refusals.refused(user.getName(), "not allowed");
            client.close();
            return false;
        }
        boolean room = owners.contains(user)
                ? clients.letIn(client, owners, mostClients)
                : clients.letIn(client, allowed, mostClients / 2);
        if (!room) {
            refusals.refused(user.getName(), "too many clients");
        }
        return room;
    }
}
