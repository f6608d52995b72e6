package dev.baton.supervisor.config;

import dev.baton.handover.ListenAddress;
import dev.baton.supervisor.Settings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code [control]} says.
 *
 * @param path how a path is read
 * @param user how a user's name is
 */
record ControlTable(Section table, Section.Reading<Path> path, Section.Reading<Settings.User> user) {
    static final String NAME = "control";
    static final Set<String> KEYS =
            Set.of("socket", "allow-users", "http", "http-hosts", "read-token-file", "act-token-file");

    Optional<Path> socket() {
        return table.text("socket", "a path", this::socket);
    }

    private Path socket(String text) throws Wrong {
        try {
            return RuntimeDirectories.requireShortEnough(path.read(text));
        } catch (IllegalArgumentException e) {
            throw new Wrong(
                    "a unix socket's path has at most " + RuntimeDirectories.LONGEST_SOCKET_PATH + " bytes",
                    "choose a shorter one");
        }
    }

    Optional<ControlHttp> http() {
        Optional<InetSocketAddress> address = table.text("http", "an address", ControlTable::inetAddress);
        List<String> hosts = table.texts("http-hosts", "a host's name", "[\"ops.example.com\"]", ControlTable::host)
                .orElse(List.of());
        Optional<Path> readToken = table.text("read-token-file", "a path", path);
        Optional<Path> actToken = table.text("act-token-file", "a path", path);
        if (!table.has("http")) {
            Stream.of("http-hosts", "read-token-file", "act-token-file")
                    .filter(table::has)
                    .forEach(key -> table.wrongKey(
                            key,
                            "control." + key + " without control.http",
                            "it would have no effect",
                            "write http = \"127.0.0.1:9180\", or take it out"));
        }
        return address.map(at -> new ControlHttp(at, Set.copyOf(hosts), readToken, actToken));
    }

    private static InetSocketAddress inetAddress(String text) throws Wrong {
        if (ListenTable.address(text) instanceof ListenAddress.Inet inet) {
            return inet.address();
        }
        throw new Wrong("it is no address of TCP", "write something like 127.0.0.1:9180");
    }

    private static String host(String text) throws Wrong {
        if (text.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*")) {
            return text;
        }
        throw new Wrong("it is no host's name", "write the name alone, without http:// and without a port");
    }

    List<Settings.User> allowUsers() {
        List<Settings.User> users = table.texts("allow-users", "a user's name", "[\"deploy\"]", user)
                .orElse(List.of());
        if (!users.isEmpty() && Accounts.groupsInCommon(users).isEmpty()) {
            table.wrong(
                    "allow-users",
                    "control.allow-users names "
                            + users.stream().map(Settings.User::name).collect(Collectors.joining(", ")),
                    "they have no group in common, and the control socket can have but one",
                    "make one, and put each of them into it: groupadd baton-users; usermod -aG baton-users NAME");
        }
        return users;
    }
}
