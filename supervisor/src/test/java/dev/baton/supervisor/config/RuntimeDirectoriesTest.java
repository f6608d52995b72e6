package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeDirectoriesTest {
    private static final String HOME = "/home/ann";

    private static Path forNew(Map<String, String> environment, boolean root) {
        return RuntimeDirectories.of(environment, HOME, root).forNew("shop");
    }

    @Test
    void newSupervisorsLiveWhereTheContractSays() {
        Map<String, String> xdg = Map.of("XDG_RUNTIME_DIR", "/run/user/7");
        Map<String, String> systemd = Map.of("XDG_RUNTIME_DIR", "/run/user/7", "RUNTIME_DIRECTORY", "/run/shop");
        assertEquals(Path.of("/run/shop"), forNew(systemd, true));
        assertEquals(Path.of("/run/user/7/baton/shop"), forNew(xdg, true));
        assertEquals(Path.of("/run/baton/shop"), forNew(Map.of(), true));
        assertEquals(Path.of("/home/ann/.baton/run/shop"), forNew(Map.of(), false));
    }

    @Test
    void userWhoIsInNoListOfUsersHasTheHomeOfTheEnvironmentOrNone() {
        RuntimeDirectories told = RuntimeDirectories.of(Map.of("HOME", "/srv/shop"), "?", false);
        assertEquals(Path.of("/srv/shop/.baton/run/shop"), told.forNew("shop"));
        assertEquals(
                Path.of("/run/baton/shop"),
                RuntimeDirectories.of(Map.of(), "?", false).forNew("shop"));
        assertEquals(
                Path.of("/run/baton/shop"),
                RuntimeDirectories.of(Map.of("HOME", "here"), "?", false).forNew("shop"));
    }

    @Test
    void firstOfSeveralRuntimeDirectoriesCounts() {
        assertEquals(Path.of("/run/a"), forNew(Map.of("RUNTIME_DIRECTORY", "/run/a:/run/b"), false));
    }

    @Test
    void variablesThatAreEmptyOrRelativeDoNotCount() {
        assertEquals(
                Path.of("/run/baton/shop"), forNew(Map.of("XDG_RUNTIME_DIR", "", "RUNTIME_DIRECTORY", "here"), true));
    }

    @Test
    void clientsLookEverywhereAndFirstWhereANewOneWouldBe(@TempDir Path directory) throws IOException {
        Path given = socketIn(directory.resolve("given"));
        Path first = socketIn(directory.resolve("first/shop"));
        Path second = socketIn(directory.resolve("second/shop"));
        Path other = socketIn(directory.resolve("second/blog"));
        Files.createDirectories(directory.resolve("second/stopped"));
        RuntimeDirectories directories = new RuntimeDirectories(
                Optional.of(directory.resolve("given")),
                List.of(directory.resolve("first"), directory.resolve("second"), directory.resolve("nowhere")));

        assertEquals(List.of(given, first, second), directories.controlSockets("shop"));
        assertEquals(List.of(given, other, first, second), directories.controlSockets());
    }

    private static Path socketIn(Path home) throws IOException {
        Files.createDirectories(home);
        return Files.createFile(RuntimeDirectories.controlSocket(home));
    }

    @Test
    void pathThatIsTooLongForASocketIsRefusedWithTheRemedy() {
        Path fits = Path.of("/" + "x".repeat(106));
        assertEquals(fits, RuntimeDirectories.requireShortEnough(fits));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> RuntimeDirectories.requireShortEnough(Path.of("/" + "x".repeat(105) + "ü")))
                .getMessage();
        assertTrue(message.contains("at most 107 bytes, and this one has 108"), message);
        assertTrue(message.contains("XDG_RUNTIME_DIR"), message);
    }

    @Test
    void nameOfAnAppLeadsNowhereElse() {
        for (String wrong : List.of("", "..", ".", "a/b", "-a", "a b", "a\n", "x".repeat(65))) {
            assertThrows(IllegalArgumentException.class, () -> AppName.check(wrong), wrong);
        }
        assertEquals("shop-2.eu_1", AppName.check("shop-2.eu_1"));
    }
}
