package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a supervisor is to do; the contract's configuration keys, checked and complete.
 *
 * @param app the application's name
 * @param command what starts a worker
 * @param directory where it starts, resolved afresh at every spawn; empty: where the supervisor was started
 * @param environment on top of the supervisor's own, less what is between it and its own parent
 * @param check by which a worker is proved before it accepts; empty: its own word is enough
 * @param warmUp by which the candidate of an upgrade is warmed up before it accepts; empty: it is not
 * @param runtimeDirectory for the sockets; made with mode 0700 where it is missing
 * @param user who workers run as; empty: the supervisor's own user
 * @param wrap how the command gets its sockets
 * @param readyAfter how long a program that inherits them must have lived to be ready; empty: it says so itself
 * @param stopSignal what tells such a program to finish
 * @param cache where archives of the commands' classes are kept; empty: they are not
 */
public record Settings(
        String app,
        List<String> command,
        Optional<Path> directory,
        Map<String, String> environment,
        List<ListenerSpec> listeners,
        Duration readyTimeout,
        Duration bake,
        Duration drain,
        Duration killAfter,
        Duration firstBackoff,
        Duration longestBackoff,
        Optional<Check> check,
        Optional<WarmUp> warmUp,
        Path runtimeDirectory,
        Optional<User> user,
        Wrap wrap,
        Optional<Duration> readyAfter,
        Signal stopSignal,
        Optional<Path> cache) {
    public static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    public static final Duration BAKE = Duration.ofSeconds(5);
    public static final Duration DRAIN = Duration.ofSeconds(30);
    public static final Duration KILL_AFTER = Duration.ofSeconds(5);
    public static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    public static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

    public Settings {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        listeners = List.copyOf(listeners);
    }

    /**
     * A user of this machine.
     *
     * @param group the one that its processes begin with
     * @param groups all that it is in
     */
    public record User(String name, int uid, int group, List<Integer> groups, String home, String shell) {
        public User {
            groups = List.copyOf(groups);
        }

        /** The first directory on the way to this file that its mode keeps the user from passing: path_resolution(7). */
        public Optional<Path> barredAt(Path file) throws IOException {
            Path way = file.toAbsolutePath().getRoot();
            for (Path name : file.toAbsolutePath().getParent()) {
                way = way.resolve(name);
                if (!mayPass(way)) {
                    return Optional.of(way);
                }
            }
            return Optional.empty();
        }

        private boolean mayPass(Path directory) throws IOException {
            Map<String, Object> is = Files.readAttributes(directory, "unix:uid,gid,mode");
            int who = is.get("uid").equals(uid) ? 0100 : isIn((Integer) is.get("gid")) ? 0010 : 0001;
            return uid == 0 || ((Integer) is.get("mode") & who) != 0;
        }

        private boolean isIn(int one) {
            return group == one || groups.contains(one);
        }
    }
}
