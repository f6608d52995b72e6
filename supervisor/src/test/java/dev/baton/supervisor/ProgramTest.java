package dev.baton.supervisor;

import static dev.baton.supervisor.Lab.launch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
    @TempDir
    private Path directory;

    private Path executable(String name) throws IOException {
        Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void environmentIsCleanedOfWhatIsBetweenUsAndOurManager() throws Exception {
        Map<String, String> ours = Map.of(
                "PATH",
                "/bin",
                "HOME",
                "/root",
                "NOTIFY_SOCKET",
                "/run/n",
                "LISTEN_FDS",
                "2",
                "LISTEN_PID",
                "1",
                "WATCHDOG_USEC",
                "1",
                "BATON_TOKEN",
                "t",
                "INVOCATION_ID",
                "i",
                "RUNTIME_DIRECTORY",
                "/run/x");
        assertEquals(
                Map.of("PATH", "/bin", "HOME", "/root"),
                Program.of(launch("/bin/sh"), ours).environment());
    }

    @Test
    void localeIsTheOneThatTheLauncherFound() throws Exception {
        Map<String, String> c = Map.of("LC_ALL", "C.UTF-8", "BATON_LC_ALL", "C");
        assertEquals(Map.of("LC_ALL", "C"), Program.of(launch("/bin/sh"), c).environment());
        Map<String, String> none = Map.of("LC_ALL", "C.UTF-8", "BATON_LC_ALL", "", "LANG", "de");
        assertEquals(Map.of("LANG", "de"), Program.of(launch("/bin/sh"), none).environment());
        Map<String, String> asItWas = Map.of("LC_ALL", "C.UTF-8");
        assertEquals(asItWas, Program.of(launch("/bin/sh"), asItWas).environment());
    }

    @Test
    void optionsForJvmsAreThoseThatTheLauncherFound() throws Exception {
        Map<String, String> setAside =
                Map.of("BATON_JAVA_TOOL_OPTIONS", "-XX:+UseG1GC", "BATON__JAVA_OPTIONS", "-Xms1g");
        assertEquals(
                Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC", "_JAVA_OPTIONS", "-Xms1g"),
                Program.of(launch("/bin/sh"), setAside).environment());
    }

    @Test
    void whatNoProgramCanBeGivenIsSaid() {
        Launch variable = launch(List.of("/bin/sh"), Map.of("A", "half\ud800"), Optional.empty());
        for (Launch launch : List.of(launch("/bin/sh", "half\ud800"), launch("half\ud800"), variable)) {
            IOException e = assertThrows(IOException.class, () -> Program.of(launch, Map.of()));
            assertTrue(e.getMessage().contains("half"), e::getMessage);
            assertTrue(e.getMessage().contains("LC_ALL=C.UTF-8"), e::getMessage);
        }
    }

    @Test
    void configuredEnvironmentWins() throws Exception {
        Launch launch = launch(List.of("/bin/sh"), Map.of("HOME", "/srv", "LISTEN_FDS", "0"), Optional.empty());
        assertEquals(
                Map.of("HOME", "/srv", "LISTEN_FDS", "0"),
                Program.of(launch, Map.of("HOME", "/root")).environment());
    }

    @Test
    void commandIsLookedUpOnTheWorkersPath() throws Exception {
        executable("shop");
        Launch launch = launch(List.of("shop"), Map.of("PATH", directory.toString()), Optional.empty());
        assertEquals(List.of("shop"), Program.of(launch, Map.of("PATH", "/bin")).command());
        assertThrows(IOException.class, () -> Program.of(launch("shop"), Map.of("PATH", "/bin")));
    }

    @Test
    void commandWithASlashIsLookedUpInTheWorkersDirectory() throws Exception {
        executable("shop");
        Launch launch = launch(List.of("./shop"), Map.of(), Optional.of(directory));
        assertEquals(directory.toRealPath(), Program.of(launch, Map.of()).directory());
        assertThrows(IOException.class, () -> Program.of(launch("./shop"), Map.of()));
    }

    @Test
    void directoryIsWhatItsLinkPointsToNow() throws Exception {
        Path one = Files.createDirectory(directory.resolve("1"));
        Path two = Files.createDirectory(directory.resolve("2"));
        Path current = Files.createSymbolicLink(directory.resolve("current"), one);
        Launch launch = launch(List.of("/bin/sh"), Map.of(), Optional.of(current));
        assertEquals(one.toRealPath(), Program.of(launch, Map.of()).directory());
        Files.delete(current);
        Files.createSymbolicLink(current, two);
        Program second = Program.of(launch, Map.of("PWD", "/elsewhere"));
        assertEquals(two.toRealPath(), second.directory());
        assertEquals(two.toRealPath().toString(), second.environment().get("PWD"));
    }

    @Test
    void directoryThatIsNotThereIsNamed() {
        Launch launch = launch(List.of("/bin/sh"), Map.of(), Optional.of(directory.resolve("none")));
        assertTrue(assertThrows(IOException.class, () -> Program.of(launch, Map.of()))
                .getMessage()
                .contains("none does not exist, and a worker is to start there: create it, or give another"));
    }

    @Test
    void javaIsAllowedNativeAccessAndNothingElseIsTouched() throws Exception {
        executable("java");
        executable("javac");
        String java = directory.resolve("java").toString();
        assertEquals(
                List.of(java, "--enable-native-access=ALL-UNNAMED", "-jar", "shop.jar"),
                Program.of(launch(java, "-jar", "shop.jar"), Map.of()).command());
        String javac = directory.resolve("javac").toString();
        assertEquals(
                List.of(javac, "-version"),
                Program.of(launch(javac, "-version"), Map.of()).command());
    }

    @Test
    void javaThatIsTooOldIsNamedBeforeItIsStarted() throws Exception {
        Files.createDirectory(directory.resolve("bin"));
        executable("bin/java");
        String java = directory.resolve("bin/java").toString();
        for (String version : List.of("1.8.0_412", "11.0.2")) {
            Files.writeString(directory.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
            String why = assertThrows(IOException.class, () -> Program.of(launch(java, "-jar", "shop.jar"), Map.of()))
                    .getMessage();
            assertTrue(why.matches(".*bin/java is Java (8|11), and a worker needs 17 or later: .*"), why);
        }
        Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"17\"\n");
        Program.of(launch(java, "-jar", "shop.jar"), Map.of());
    }

    @Test
    void javaWithoutTheAgentsModulesIsNamedWhereTheAgentIsWanted() throws Exception {
        Files.createDirectory(directory.resolve("bin"));
        executable("bin/java");
        String java = directory.resolve("bin/java").toString();
        String release = "JAVA_VERSION=\"17.0.15\"\nMODULES=\"java.base jdk.httpserver%s\"\n";
        Files.writeString(directory.resolve("release"), release.formatted(""));
        for (Wrap wrap : List.of(Wrap.AUTO, Wrap.AGENT)) {
            String why = assertThrows(IOException.class, () -> wrapped(wrap, java, "-jar", "shop.jar"))
                    .getMessage();
            assertTrue(why.contains("bin/java is a Java without java.instrument and java.logging, which"), why);
        }
        wrapped(Wrap.KIT, java, "-jar", "shop.jar");
        Files.writeString(directory.resolve("release"), release.formatted(" java.instrument java.logging"));
        wrapped(Wrap.AUTO, java, "-jar", "shop.jar");
    }

    @Test
    void agentIsPutRightBehindJavaWhereTheLaunchAsksForIt() throws Exception {
        executable("java");
        executable("run.sh");
        String java = directory.resolve("java").toString();
        String script = directory.resolve("run.sh").toString();
        List<String> plain = List.of(java, "--enable-native-access=ALL-UNNAMED", "-jar", "shop.jar");
        List<String> withAgent = new ArrayList<>(plain);
        withAgent.add(1, "-javaagent:/run/baton-agent.jar");
        assertEquals(withAgent, wrapped(Wrap.AUTO, java, "-jar", "shop.jar").command());
        assertEquals(withAgent, wrapped(Wrap.AGENT, java, "-jar", "shop.jar").command());
        assertEquals(plain, wrapped(Wrap.KIT, java, "-jar", "shop.jar").command());
        assertEquals(Map.of(), wrapped(Wrap.AUTO, script).environment());
        assertEquals(List.of(script), wrapped(Wrap.AGENT, script).command());
        assertEquals(
                "--enable-native-access=ALL-UNNAMED \"-javaagent:/run/baton-agent.jar\"",
                wrapped(Wrap.AGENT, script).environment().get("JDK_JAVA_OPTIONS"));
    }

    private static Program wrapped(Wrap wrap, String... command) throws IOException {
        Launch launch = launch(wrap, command);
        return Program.of(launch, Map.of()).wrapped(launch, Optional.of(Path.of("/run/baton-agent.jar")));
    }
}
