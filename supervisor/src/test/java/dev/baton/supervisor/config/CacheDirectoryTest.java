package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheDirectoryTest {
    private static Path of(Map<String, String> environment) {
        return CacheDirectory.of(environment, "/home/mallory", "shop", false);
    }

    @Test
    void theUnitsOwnComesFirstAndTheHomeLast() {
        assertEquals(
                Path.of("/var/cache/baton/shop/classes"),
                of(Map.of("CACHE_DIRECTORY", "/var/cache/baton/shop:/other", "XDG_CACHE_HOME", "/x")));
        assertEquals(Path.of("/x/baton/shop"), of(Map.of("XDG_CACHE_HOME", "/x")));
        assertEquals(Path.of("/home/mallory/.cache/baton/shop"), of(Map.of("XDG_CACHE_HOME", "relative")));
        assertEquals(Path.of("/home/mallory/.cache/baton/shop"), of(Map.of()));
    }

    @Test
    void whoHasNoHomeHasThatOfTheEnvironmentOrTheSystemsPlace() {
        assertEquals(Path.of("/srv/.cache/baton/shop"), CacheDirectory.of(Map.of("HOME", "/srv"), "?", "shop", false));
        assertEquals(Path.of("/var/cache/baton/shop"), CacheDirectory.of(Map.of(), "?", "shop", false));
    }

    @Test
    void othersAreNotSentIntoTheHome() {
        assertEquals(
                Path.of("/var/cache/baton/shop"),
                CacheDirectory.of(Map.of("XDG_CACHE_HOME", "/root/.cache"), "/root", "shop", true));
        assertEquals(Path.of("/x/classes"), CacheDirectory.of(Map.of("CACHE_DIRECTORY", "/x"), "/root", "shop", true));
    }
}
