package dev.baton.supervisor.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which Baton this is, as the build wrote it down.
 *
 * @param baton of this program
 * @param jffi of the library that it makes system calls with
 */
public record Version(String baton, String jffi) {
    private static final Version THIS = load();

    /** Of this program. */
    public static Version current() {
        return THIS;
    }

    private static Version load() {
        Properties build = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("baton.jar is damaged: it holds no build.properties", e);
        }
        return new Version(build.getProperty("version"), build.getProperty("jffi"));
    }

    @Override
    public String toString() {
        return baton;
    }
}
