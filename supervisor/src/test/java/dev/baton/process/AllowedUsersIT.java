package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Installed;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real second users at the control socket: those who may, and one who may not. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AllowedUsersIT {
    @TempDir
    private Path directory;

    private Path config(SecondUser... allowed) throws IOException {
        Path file = directory.resolve("it.toml");
        Files.writeString(file, """
                command = [%s]
                [listen]
                http = "127.0.0.1:0"
                line = "127.0.0.1:0"
                [upgrade]
                bake = "0s"
                [control]
                allow-users = [%s]
                """.formatted(
                        quoted(Places.demo("v1")),
                        quoted(Arrays.stream(allowed).map(SecondUser::name).toList())));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private static String quoted(List<String> words) {
        return words.stream().map(word -> "\"" + word + "\"").collect(Collectors.joining(", "));
    }

    @Test
    void allowedUsersReadAndActAndAnotherOneOfTheirGroupIsRefused() throws Exception {
        try (SecondUser deploy = SecondUser.create("daemon");
                SecondUser watch = SecondUser.create("daemon");
                SecondUser stranger = SecondUser.create("daemon");
                RunningBaton baton =
                        RunningBaton.builder().config(config(deploy, watch)).start()) {
            assertEquals("rwx--x--x", PosixFilePermissions.toString(Files.getPosixFilePermissions(baton.directory())));
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(baton.socket())));
            assertMay(baton, deploy);
            assertMay(baton, watch);
            assertMayNot(baton, stranger);
            // The modes out of the way, the peer's credentials still say no.
            Files.setPosixFilePermissions(baton.socket(), PosixFilePermissions.fromString("rw-rw-rw-"));
            assertMayNot(baton, stranger);
            for (SecondUser user : List.of(deploy, stranger)) {
                Path handover = baton.directory().resolve("handover.sock");
                assertEquals(7, user.run(curl(handover)).exitCode(), "connected to the handover socket");
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** What systemd does to the runtime directory before each of a unit's commands. */
    @Test
    void allowedUsersAreLetInAgainAfterAnUpgradeThatCameWithAnotherMode() throws Exception {
        try (SecondUser deploy = SecondUser.create("daemon");
                RunningBaton baton =
                        RunningBaton.builder().config(config(deploy)).start()) {
            // The start may be about to let pass: what is shown of a step comes before its end.
            await().atMost(RunningBaton.PATIENCE).untilAsserted(() -> {
                Files.setPosixFilePermissions(baton.directory(), PosixFilePermissions.fromString("rwx------"));
                assertMayNot(baton, deploy);
            });
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            await().atMost(RunningBaton.PATIENCE).untilAsserted(() -> assertMay(baton, deploy));
        }
    }

    @Test
    void supervisorThatIsNotRootLetsInWhoIsInAGroupWithIt() throws Exception {
        try (SecondUser owner = SecondUser.create("daemon");
                SecondUser deploy = SecondUser.create("daemon");
                SecondUser stranger = SecondUser.create("daemon");
                RunningBaton baton =
                        RunningBaton.builder().as(owner).config(config(deploy)).start()) {
            assertMay(baton, deploy);
            assertMay(baton, owner);
            assertMayNot(baton, stranger);
        }
    }

    @Test
    void whatCannotBeReachedOrGivenIsSaidAtOnce() throws Exception {
        try (SecondUser owner = SecondUser.create("users");
                SecondUser deploy = SecondUser.create("daemon");
                SecondUser other = SecondUser.create("users")) {
            Path own = Files.createDirectory(directory.resolve("own"));
            Files.setAttribute(own, "unix:uid", owner.uid());
            assertRefused(run(own, owner.before(), config(deploy)), "or as a user who is in a group with all of them");
            Path closed = Files.createDirectory(
                    directory.resolve("closed"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            String[] root = {"env"};
            assertRefused(
                    run(closed.resolve("run"), root, config(deploy)), deploy.name() + " cannot reach the control");
            assertRefused(run(own, root, config(deploy, other)), "they have no group in common");
        }
    }

    private static Command.Ended run(Path runtimeDirectory, String[] before, Path config) throws Exception {
        List<String> words = new ArrayList<>(List.of(before));
        words.addAll(Places.baton());
        words.addAll(List.of("run", "--config", config.toString()));
        return Command.run(runtimeDirectory, words);
    }

    private static void assertRefused(Command.Ended ended, String why) {
        assertEquals(2, ended.exitCode(), ended::output);
        assertTrue(ended.output().contains(why), ended::output);
    }

    private static void assertMay(RunningBaton baton, SecondUser user) throws Exception {
        Command.Ended curl = user.run(curl(baton.socket()));
        assertEquals("serving", JsonObject.parse(curl.output()).text("phase"), curl.output());
        Command.Ended status = user.run(baton.directory(), baton("status"));
        assertEquals(0, status.exitCode(), status::output);
        assertTrue(status.output().contains("serving"), status::output);
        Command.Ended upgrade = user.run(baton.directory(), baton("upgrade"));
        assertEquals(0, upgrade.exitCode(), upgrade::output);
    }

    private static void assertMayNot(RunningBaton baton, SecondUser user) throws Exception {
        Command.Ended curl = user.run(curl(baton.socket()));
        // 7: it could not connect. 52 and 56: it was let go without a word.
        assertTrue(List.of(7, 52, 56).contains(curl.exitCode()), curl::output);
        assertEquals("", curl.output());
        Command.Ended status = user.run(baton.directory(), baton("stop"));
        assertEquals(4, status.exitCode(), status::output);
        assertTrue(baton.isHealthy());
    }

    private static List<String> curl(Path socket) {
        Installed.assume("curl");
        return List.of(
                "curl", "--silent", "--max-time", "20", "--unix-socket", socket.toString(), "http://b/v1/status");
    }

    private static List<String> baton(String command) {
        List<String> words = new ArrayList<>(Places.baton());
        words.addAll(List.of(command, "--app", "it"));
        return words;
    }
}
