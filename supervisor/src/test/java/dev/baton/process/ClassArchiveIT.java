package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code [start] cache = true}: an archive comes by itself, is used by the next worker, and is never in the way. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ClassArchiveIT {
    @TempDir
    private Path place;

    private Path jar;

    @Test
    void workersShareWhatTheFirstOneLoadedUntilAJarChanges() throws Exception {
        jar = place.resolve("demo.jar");
        Files.copy(jarOfDemo(), jar);
        try (RunningBaton baton = RunningBaton.builder()
                .config(config("127.0.0.1:0", "127.0.0.1:0"))
                .environment("XDG_CACHE_HOME", place.resolve("cache").toString())
                .start()) {
            Path archive = awaitArchives(place.resolve("cache/baton/it"), 1).get(0);
            assertEquals("r--------", PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)));
            assertFalse(isUsed(archive, worker(baton)), "by the first worker");

            upgrade(baton);
            assertTrue(isUsed(archive, worker(baton)), "by the second worker");

            // A broken one is no reason not to start. (Another file: this one is a part of the second worker's memory.)
            Files.delete(archive);
            Files.write(archive, new byte[8192]);
            upgrade(baton);
            Files.delete(archive);

            Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000_000_000L));
            upgrade(baton);
            Path next = awaitArchives(place.resolve("cache/baton/it"), 1).get(0);
            assertFalse(next.equals(archive), "the archive of a jar that has changed");
            upgrade(baton);
            assertTrue(isUsed(next, worker(baton)), "by the last worker");

            assertEquals(List.of(), said(baton), "what workers have printed besides");
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Its classes come out of the archive, where the agent must find them all the same. */
    @Test
    void serverThatKnowsNothingOfBatonIsWovenOutOfItsArchiveToo() throws Exception {
        String http = "127.0.0.1:" + Subject.freePort();
        String line = "127.0.0.1:" + Subject.freePort();
        jar = place.resolve("demo.jar");
        Files.copy(jarOfDemo(), jar);
        Path file = config(http, line, "--plain", "--http", http, "--line", line);
        try (RunningBaton baton = RunningBaton.builder()
                .config(file)
                .environment("XDG_CACHE_HOME", place.resolve("cache").toString())
                .start()) {
            Path archive = awaitArchives(place.resolve("cache/baton/it"), 1).get(0);
            try (LoadRun run = Load.start(
                    LoadPlan.of(Mode.KEEPALIVE, baton.address("http")).withAtMost(200))) {
                for (int generation = 2; generation <= 4; generation++) {
                    upgrade(baton);
                    assertTrue(isUsed(archive, worker(baton)), "by generation " + generation);
                }
                LoadReport report = run.stop();
                assertTrue(report.counts().clean(), report::toString);
                assertEquals(0, report.counts().reconnects(), "connections move, as Jetty's do: " + report);
                assertEquals(Set.of(1, 2, 3, 4), report.generations().keySet());
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** What lies in that user's directory is that user's to plant, and root's supervisor works beside it. */
    @Test
    void workersOfAnotherUserMakeTheirArchiveThemselvesAndRootFollowsNoLinkOfTheirs() throws Exception {
        Path cache = Files.createDirectory(place.resolve("cache"));
        for (Path each : List.of(place, cache)) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        jar = place.resolve("demo.jar");
        Files.copy(jarOfDemo(), jar);
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = RunningBaton.builder()
                        .config(withUser(shop, config("127.0.0.1:0", "127.0.0.1:0")))
                        .environment("CACHE_DIRECTORY", cache.toString())
                        .start()) {
            Path theirs = cache.resolve("classes." + shop.uid());
            Path archive = awaitArchives(theirs, 1).get(0);
            assertEquals(shop.uid(), Files.getAttribute(archive, "unix:uid"));
            assertEquals("r--------", PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)));
            upgrade(baton);
            assertTrue(isUsed(archive, worker(baton)), "by the second worker");

            Path secret = Files.writeString(place.resolve("secret"), "root's own");
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
            FileTime then = FileTime.fromMillis(1_000_000_000_000L);
            Files.setLastModifiedTime(secret, then);
            plant(shop, archive, secret);
            upgrade(baton);

            String key = archive.getFileName().toString().replace(".jsa", "");
            for (String end : List.of(".own.classes", ".new", ".log")) {
                plant(shop, theirs.resolve(key + "-4.classes" + end), secret);
            }
            Files.delete(archive);
            upgrade(baton);
            baton.awaitLine(".*class-archive=" + archive + " could not be made.*");
            assertEquals("root's own", Files.readString(secret));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
            assertEquals(then, Files.getLastModifiedTime(secret));

            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static Path withUser(SecondUser user, Path config) throws IOException {
        return Files.writeString(config, "user = '" + user.name() + "'\n" + Files.readString(config));
    }

    private static void plant(SecondUser user, Path link, Path target) throws Exception {
        Command.Ended ended = user.run(List.of("ln", "-sf", target.toString(), link.toString()));
        assertEquals(0, ended.exitCode(), ended::output);
    }

    private static Path jarOfDemo() {
        List<String> demo = Places.demo("v1");
        return Path.of(demo.get(demo.indexOf("-jar") + 1));
    }

    private Path config(String http, String line, String... more) throws IOException {
        List<String> command = new ArrayList<>(Places.demo("v1", more));
        command.set(command.indexOf("-jar") + 1, jar.toString());
        String words = command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(", "));
        return Files.writeString(place.resolve("it.toml"), """
                command = [%s]
                start.cache = true
                upgrade.bake = "0s"
                [listen]
                http = "%s"
                line = "%s"
                """.formatted(words, http, line));
    }

    private static void upgrade(RunningBaton baton) throws IOException {
        assertEquals(
                200, baton.control().post("/v1/upgrade?wait=120s", Map.of()).status());
        baton.awaitOneWorker();
        assertEquals(List.of(), baton.wrongAtRest());
    }

    private static long worker(RunningBaton baton) throws IOException {
        return baton.workers().values().iterator().next();
    }

    private static List<Path> awaitArchives(Path directory, int count) {
        return await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> archives(directory), found -> found.size() == count);
    }

    private static List<Path> archives(Path directory) throws IOException {
        List<Path> archives = new ArrayList<>();
        if (Files.exists(directory)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.jsa")) {
                found.forEach(archives::add);
            }
        }
        return archives;
    }

    private static boolean isUsed(Path archive, long pid) throws IOException {
        return Files.readString(Path.of("/proc/" + pid + "/maps")).contains(archive.toString());
    }

    private static List<String> said(RunningBaton baton) {
        return baton.output().stream()
                .filter(line -> line.contains("[gen "))
                .filter(line -> !line.contains("INFO "))
                .toList();
    }
}
