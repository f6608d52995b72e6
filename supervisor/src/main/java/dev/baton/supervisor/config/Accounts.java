package dev.baton.supervisor.config;

import dev.baton.supervisor.Settings.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How users and groups are found. */
public interface Accounts {
    Accounts OF_THIS_MACHINE = new MachineAccounts();

    /** @throws IllegalArgumentException if nobody can tell */
    Optional<User> user(String name);

    /**
     * A group's number.
     *
     * @throws IllegalArgumentException if nobody can tell
     */
    Optional<Integer> group(String name);

    /** The groups that all of them are in, in the order of the first one's. */
    static List<Integer> groupsInCommon(List<User> users) {
        List<Integer> common = new ArrayList<>(users.get(0).groups());
        users.forEach(user -> common.retainAll(user.groups()));
        return common;
    }

    /**
     * Who workers run as.
     *
     * @param user empty: the user of this process, if there is a group
     * @param group in the place of the user's first one
     * @throws IllegalArgumentException if the user of this process is asked for, and nobody knows it
     */
    static Optional<User> worker(Optional<User> user, Optional<Integer> group) {
        if (group.isEmpty()) {
            return user;
        }
        String own = System.getProperty("user.name");
        User one = user.or(() -> OF_THIS_MACHINE.user(own))
                .orElseThrow(() -> new IllegalArgumentException("group: this process's own user \"" + own
                        + "\" is not known to this machine; say which user is meant by user"));
        return Optional.of(new User(one.name(), one.uid(), group.get(), one.groups(), one.home(), one.shell()));
    }
}
