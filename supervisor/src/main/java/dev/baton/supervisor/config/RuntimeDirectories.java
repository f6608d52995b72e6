package dev.baton.supervisor.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where runtime directories are: {@code $RUNTIME_DIRECTORY} (systemd's, for one unit), else
 * {@code $XDG_RUNTIME_DIR/baton/NAME}, else {@code /run/baton/NAME} for root, else {@code ~/.baton/run/NAME}.
 *
 * <p>A supervisor makes its own in the first of them; a client looks into all of them, for it may have been started
 * with another environment, by sudo or cron.
 *
 * @param given {@code $RUNTIME_DIRECTORY}: the directory itself, not a base of several
 * @param bases what holds a directory for each application, the first one being where new ones are made
 */
public record RuntimeDirectories(Optional<Path> given, List<Path> bases) {
    /** {@code sun_path} without its closing NUL: unix(7). */
    static final int LONGEST_SOCKET_PATH = 107;

    private static final Path SYSTEM = Path.of("/run/baton");

    public RuntimeDirectories {
        bases = List.copyOf(bases);
    }

    /** Those of this process. */
    public static RuntimeDirectories ofThisProcess() {
        return of(System.getenv(), System.getProperty("user.home"), isRoot());
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            return false;
        }
    }

    static RuntimeDirectories of(Map<String, String> environment, String home, boolean root) {
        Set<Path> bases = new LinkedHashSet<>();
        absolute(environment.get("XDG_RUNTIME_DIR")).ifPresent(xdg -> bases.add(xdg.resolve("baton")));
        if (root) {
            bases.add(SYSTEM);
        }
        HomeDirectory.of(home, environment)
                .map(its -> its.resolve(".baton/run"))
                .ifPresent(bases::add);
        // Last, so that no supervisor of an ordinary user is made there; but one may be allowed to talk to those in it.
        bases.add(SYSTEM);
        // systemd.exec(5): with several directories the variable holds them all, separated by colons.
        Optional<Path> given = Optional.ofNullable(environment.get("RUNTIME_DIRECTORY"))
                .flatMap(value -> absolute(value.split(":")[0]));
        return new RuntimeDirectories(given, List.copyOf(bases));
    }

    /** A path that counts: the variables of systemd and of XDG hold no others. */
    static Optional<Path> absolute(String path) {
        return Optional.ofNullable(path).map(Path::of).filter(Path::isAbsolute);
    }

    /** Where a new supervisor of the application is to live. */
    public Path forNew(String app) {
        return given.orElseGet(() -> bases.get(0).resolve(app));
    }

    /** The control socket in a runtime directory. */
    public static Path controlSocket(Path directory) {
        return directory.resolve("control.sock");
    }

    /** The control sockets where a supervisor of the application may answer; those that do not exist are left out. */
    public List<Path> controlSockets(String app) {
        return controlSockets(Set.of(app));
    }

    /** The control sockets where a supervisor may answer. */
    public List<Path> controlSockets() {
        Set<String> names = new TreeSet<>();
        for (Path base : bases) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(base)) {
                entries.forEach(entry -> names.add(entry.getFileName().toString()));
            } catch (IOException e) {
                // Not there, or not for this user to look into; either way there is nothing for this user in it.
                continue;
            }
        }
        return controlSockets(names);
    }

    private List<Path> controlSockets(Set<String> names) {
        List<Path> places = new ArrayList<>();
        given.ifPresent(places::add);
        for (String name : names) {
            bases.forEach(base -> places.add(base.resolve(name)));
        }
        return places.stream()
                .distinct()
                .map(RuntimeDirectories::controlSocket)
                .filter(Files::exists)
                .toList();
    }

    /**
     * The socket itself, where its path is short enough for one; otherwise the kernel would only say EINVAL.
     *
     * @throws IllegalArgumentException with the remedy
     */
    public static Path requireShortEnough(Path socket) {
        int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_SOCKET_PATH) {
            throw new IllegalArgumentException("the path of a unix socket has at most " + LONGEST_SOCKET_PATH
                    + " bytes, and this one has " + length + ": " + socket
                    + "; use a shorter --app, or set XDG_RUNTIME_DIR to a shorter directory");
        }
        return socket;
    }
}
