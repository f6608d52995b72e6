package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/baton} in a checkout of its own, with JDKs that only say what they were asked. */
class LauncherTest {
    /** What the script needs besides a shell and a JDK. */
    private static final List<String> TOOLS = List.of("basename", "dirname", "head", "readlink", "sed");

    @TempDir
    Path directory;

    private Path launcher;
    private Path tools;

    record Ended(int exit, String out, String err) {}

    @BeforeEach
    void checkOut() throws IOException {
        Path scripts = Files.createDirectories(directory.resolve("check out/scripts"));
        launcher = Files.copy(Path.of("..", "scripts", "baton").toRealPath(), scripts.resolve("baton"));
        executable(launcher);
        Path target = Files.createDirectories(directory.resolve("check out/supervisor/target"));
        Files.createFile(target.resolve("baton.jar"));
        tools = Files.createDirectory(directory.resolve("tools"));
        for (String tool : TOOLS) {
            Path wrapper = tools.resolve(tool);
            Files.writeString(wrapper, "#!/bin/sh\nexec " + find(tool) + " \"$@\"\n");
            executable(wrapper);
        }
    }

    private static Path find(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(entry -> Path.of(entry, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A JDK whose java says which archive it is to make, then its arguments one by one, and ends with 42. */
    private Path jdk(String release, String version) throws IOException {
        Path home = Files.createTempDirectory(directory, "jdk");
        if (!release.isEmpty()) {
            Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + release + "\"\n");
        }
        Path java = Files.createDirectory(home.resolve("bin")).resolve("java");
        Files.writeString(
                java,
                "#!/bin/sh\nif [ \"$1\" = -version ]; then echo 'openjdk version \"" + version
                        + "\" 2021-01-01' >&2; exit; fi\necho \"$BATON_ARCHIVE\"\nfor a in \"$@\"; do echo \"<$a>\"; done\nexit 42\n");
        executable(java);
        return home;
    }

    private Ended run(Path javaHome, String... arguments) throws IOException, InterruptedException {
        return start(launcher, javaHome, tools.toString(), arguments);
    }

    private Ended start(Path script, Path javaHome, String path, String... arguments)
            throws IOException, InterruptedException {
        return start(Map.of(), script, javaHome, path, arguments);
    }

    private Ended start(Map<String, String> environment, Path script, Path javaHome, String path, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().put("PATH", path);
        builder.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        if (javaHome != null) {
            builder.environment().put("JAVA_HOME", javaHome.toString());
        }
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the launcher does not end");
        return new Ended(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void becomesJavaWithEveryArgumentAsItWas() throws Exception {
        Ended ended = run(jdk("17.0.15", ""), "upgrade", "--", "a b", "", "*", "$HOME", "-x");
        assertEquals(42, ended.exit());
        assertEquals("", ended.err());
        assertTrue(ended.out().contains("<--enable-native-access=ALL-UNNAMED>\n<-jar>\n"), ended.out());
        String jar = directory.resolve("check out/supervisor/target/baton.jar").toString();
        assertTrue(
                ended.out().endsWith("<" + jar + ">\n<upgrade>\n<-->\n<a b>\n<>\n<*>\n<$HOME>\n<-x>\n"), ended.out());
    }

    /** The JVM's exit code is that of what is refused. */
    @Test
    void outOfMemoryASupervisorAloneEndsAtOnce() throws Exception {
        Path home = jdk("17.0.15", "");
        String flag = "<-XX:+ExitOnOutOfMemoryError>";
        assertTrue(run(home, "run", "--", "true").out().contains(flag));
        assertFalse(run(home, "upgrade", "--", "run").out().contains(flag));
    }

    /** Else the first files and sockets that it opens would be these, and written into by whatever prints. */
    @Test
    void standsInForStreamsThatItWasStartedWithout() throws Exception {
        Path home = jdk("17.0.15", "");
        Path java = home.resolve("bin/java");
        Path seen = directory.resolve("seen");
        Files.writeString(
                java,
                "#!/bin/sh\nstreams=$(for fd in 0 1 2; do " + find("readlink")
                        + " /proc/$$/fd/$fd; done)\necho \"$streams\" >'" + seen + "'\n");
        Path without = directory.resolve("without");
        executable(Files.writeString(without, "#!/bin/sh\neval \"exec '" + launcher + "' version $1\"\n"));
        for (String closed : List.of("<&- >&- 2>&-", "<&-", ">&-", "2>&-")) {
            start(without, home, tools.toString(), closed);
            assertEquals(
                    Stream.of("<&-", ">&-", "2>&-")
                            .map(List.of(closed.split(" "))::contains)
                            .toList(),
                    Files.readAllLines(seen).stream().map("/dev/null"::equals).toList(),
                    closed);
        }
    }

    @Test
    void optionsForWorkersAreSetAsideBeforeAnyJavaRuns() throws Exception {
        Path home = jdk("", "17.0.15");
        Path java = home.resolve("bin/java");
        Files.writeString(
                java,
                Files.readString(java)
                        .replace(
                                "#!/bin/sh\n",
                                "#!/bin/sh\n[ -z \"${JAVA_TOOL_OPTIONS+x}${_JAVA_OPTIONS+x}\" ] || exit 1\n")
                        .replace("exit 42", "echo \"$BATON_JAVA_TOOL_OPTIONS $BATON__JAVA_OPTIONS\"; exit 42"));
        Map<String, String> found = Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC", "_JAVA_OPTIONS", "-Xms1g");
        // as a supervisor is, which is replaced in place
        Map<String, String> setAside =
                Map.of("BATON_JAVA_TOOL_OPTIONS", "-XX:+UseG1GC", "BATON__JAVA_OPTIONS", "-Xms1g");
        for (Map<String, String> environment : List.of(found, setAside)) {
            Ended ended = start(environment, launcher, home, tools.toString(), "version");
            assertEquals(42, ended.exit(), ended::err);
            assertTrue(ended.out().endsWith("\n-XX:+UseG1GC -Xms1g\n"), ended.out());
        }
    }

    @Test
    void isFoundThroughSymbolicLinks() throws Exception {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Path absolute = Files.createSymbolicLink(bin.resolve("baton"), launcher);
        Path relative = Files.createSymbolicLink(directory.resolve("b"), Path.of("bin/baton"));
        for (Path link : List.of(absolute, relative)) {
            assertEquals(42, start(link, jdk("25", ""), tools.toString()).exit(), link.toString());
        }
    }

    @Test
    void theScriptsBesideItAreFoundThroughThemToo() throws Exception {
        Path jar = Files.createDirectories(directory.resolve("check out/demo-app/target"))
                .resolve("demo-app.jar");
        Files.createFile(jar);
        List<String> names = List.of("demo", "soak", "bench");
        for (String name : List.of("built", "demo", "soak", "bench")) {
            executable(Files.copy(
                    Path.of("..", "scripts", name).toRealPath(),
                    launcher.getParent().resolve(name)));
        }
        for (String name : names) {
            Path link = Files.createSymbolicLink(
                    directory.resolve(name), Path.of("check out", "scripts").resolve(name));
            Ended ended = start(link, jdk("17.0.15", ""), System.getenv("PATH"));
            assertEquals(42, ended.exit(), ended.err());
            assertTrue(ended.out().contains("<--baton>\n<" + launcher + ">\n<--jar>\n<" + jar + ">\n"), ended.out());
        }
    }

    @Test
    void withoutJavaHomeJavaComesFromThePath() throws Exception {
        Path home = jdk("21.0.2", "");
        Ended ended = start(launcher, null, home.resolve("bin") + ":" + tools, "status");
        assertEquals(42, ended.exit(), ended.err());
    }

    @Test
    void jarThatTakesTheNameOfOneOfItsSizeAndTimeHasAnArchiveOfItsOwn() throws Exception {
        Path home = jdk("25", "");
        String before = archive(home);
        assertTrue(before.contains("/cache/baton/baton-25-"), before);
        assertEquals(before, archive(home));
        Path jar = directory.resolve("check out/supervisor/target/baton.jar");
        Path next = jar.resolveSibling("baton.jar.new");
        Files.copy(jar, next, StandardCopyOption.COPY_ATTRIBUTES);
        Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);
        assertNotEquals(before, archive(home));
    }

    private String archive(Path home) throws IOException, InterruptedException {
        Ended ended = start(launcher, home, System.getenv("PATH"), "run");
        return ended.out().lines().findFirst().orElseThrow();
    }

    @Test
    void withoutTheJarItSaysHowToBuildIt() throws Exception {
        Files.delete(directory.resolve("check out/supervisor/target/baton.jar"));
        Ended ended = run(jdk("17", ""), "status");
        assertEquals(2, ended.exit());
        assertTrue(ended.err().contains("baton.jar"), ended.err());
        assertTrue(ended.err().contains("./mvnw -q -DskipTests package"), ended.err());
    }

    @Test
    void withoutJavaItSaysWhatToInstall() throws Exception {
        Ended none = run((Path) null, "status");
        assertEquals(2, none.exit());
        assertTrue(none.err().contains("there is no java on the PATH, and JAVA_HOME is not set"), none.err());
        Ended wrong = run(directory.resolve("nowhere"), "status");
        assertEquals(2, wrong.exit());
        assertTrue(wrong.err().contains("there is no bin/java in it"), wrong.err());
    }

    @Test
    void javaThatIsTooOldIsRefusedByItsReleaseFileOrItsOwnWord() throws Exception {
        for (Path old : List.of(
                jdk("1.8.0_402", ""), jdk("11.0.2", ""), jdk("", "1.8.0_402"), jdk("", "16.0.1"), jdk("", ""))) {
            Ended ended = run(old, "status");
            assertEquals(2, ended.exit(), ended.err());
            assertTrue(ended.err().contains("baton needs 17 or later"), ended.err());
        }
        for (Path young : List.of(jdk("", "17.0.1"), jdk("", "25"), jdk("27-ea", ""))) {
            assertEquals(42, run(young, "status").exit());
        }
    }
}
