package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A real user of this machine, in these groups besides its own, who is there for one test and has no home. */
final class SecondUser implements AutoCloseable {
    private final String name;
    private final int uid;
    private final int gid;

    private SecondUser(String name) throws IOException, InterruptedException {
        this.name = name;
        this.uid = number("-u");
        this.gid = number("-g");
    }

    static SecondUser create(String... groups) throws IOException, InterruptedException {
        Assumptions.assumeTrue(isRoot(), "only root can make a second user, and become it");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/sbin/useradd")), "there is no useradd(8)");
        String name = "baton" + Long.toHexString(System.nanoTime());
        run("useradd", "--no-create-home", "--user-group", "--groups", String.join(",", groups), name);
        SecondUser user = new SecondUser(name);
        try {
            // A checkout under /root is nobody else's.
            boolean reads =
                    user.run(List.of("test", "-r", Places.demo("").get(6))).exitCode() == 0;
            Assumptions.assumeTrue(reads, "a second user cannot read what was built here");
            return user;
        } catch (RuntimeException | Error e) {
            user.close();
            throw e;
        }
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private static Command.Ended run(String... command) throws IOException, InterruptedException {
        Command.Ended ended = Command.run(Path.of("/nonexistent"), List.of(command));
        assertEquals(0, ended.exitCode(), ended::output);
        return ended;
    }

    private int number(String which) throws IOException, InterruptedException {
        return Integer.parseInt(run("id", which, name).output().strip());
    }

    String name() {
        return name;
    }

    int uid() {
        return uid;
    }

    int gid() {
        return gid;
    }

    /** What a command does as this user. */
    Command.Ended run(List<String> command) throws IOException, InterruptedException {
        return run(Path.of("/nonexistent"), command);
    }

    /** The same, where supervisors live in this directory. */
    Command.Ended run(Path runtimeDirectory, List<String> command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(before()));
        words.addAll(command);
        return Command.run(runtimeDirectory, words);
    }

    /** What makes a command this user's. */
    String[] before() {
        return new String[] {"setpriv", "--reuid=" + uid, "--regid=" + gid, "--init-groups"};
    }

    @Override
    public void close() throws IOException {
        try {
            run("userdel", name);
            Command.run(Path.of("/nonexistent"), List.of("rm", "-rf", "/tmp/hsperfdata_" + name)); // of killed JVMs
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
