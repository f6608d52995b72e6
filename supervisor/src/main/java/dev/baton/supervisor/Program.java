package dev.baton.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@link Launch} comes to at the moment of a spawn: the directory with its links followed, the environment, and
 * the command, whose file is there and may be executed.
 *
 * @param directory {@code null}: the supervisor's own
 */
record Program(List<String> command, Map<String, String> environment, Path directory) {
    private static final int OLDEST_JAVA = 17;
    private static final Pattern JAVA_VERSION = Pattern.compile("JAVA_VERSION=\"(?:1\\.)?(\\d{1,4}).*\"");

    private static final Pattern MODULES = Pattern.compile("MODULES=\"(.*)\"");
    /** What the agent takes besides java.base; an image that jlink(1) has made may be without. */
    private static final List<String> OF_THE_AGENT = List.of("java.instrument", "java.logging");

    private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";
    /** Read by every java, and not silently; so only where there is no other way. */
    private static final String LAUNCHER_OPTIONS = "JDK_JAVA_OPTIONS";

    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    /**
     * Looks everything up.
     *
     * @param inherited the supervisor's own environment
     * @throws IOException with what cannot be started, why, and what to do
     */
    static Program of(Launch launch, Map<String, String> inherited) throws IOException {
        Path directory = directory(launch);
        Map<String, String> environment = OwnVariables.without(inherited);
        if (directory != null) {
            environment.put("PWD", directory.toString());
        }
        environment.putAll(launch.environment());
        if (launch.command().isEmpty()) {
            throw new IOException("there is no command to start: give one behind --");
        }
        for (String word : launch.command()) {
            requireGivable("argument", word);
        }
        for (Map.Entry<String, String> variable : launch.environment().entrySet()) {
            requireGivable("variable", variable.getKey() + "=" + variable.getValue());
        }
        String name = launch.command().get(0);
        Path file = executable(name, directory, environment.getOrDefault("PATH", DEFAULT_PATH));
        if (isJava(launch.command())) {
            requireModern(file);
            if (takesAgent(launch)) {
                requireModulesOfTheAgent(file);
            }
        }
        return new Program(withFlags(launch.command()), environment, directory);
    }

    /**
     * The program with the agent in it, where the launch asks for it and the command is a {@code java}. One that is told
     * to have it and is something else, like a script that ends in {@code exec java}, gets it through the environment.
     *
     * @param agent empty where there is none
     */
    Program wrapped(Launch launch, Optional<Path> agent) {
        if (!takesAgent(launch) || agent.isEmpty()) {
            return this;
        }
        String flag = "-javaagent:" + agent.get();
        if (isJava(launch.command())) {
            return with(flag);
        }
        Map<String, String> more = new HashMap<>(environment);
        more.merge(LAUNCHER_OPTIONS, NATIVE_ACCESS + " \"" + flag + "\"", (old, ours) -> ours + " " + old);
        return new Program(command, more, directory);
    }

    private static boolean takesAgent(Launch launch) {
        return launch.wrap() == Wrap.AGENT || launch.wrap() == Wrap.AUTO && isJava(launch.command());
    }

    /** The program, a {@code java}, with these flags before all others. */
    Program with(String... flags) {
        List<String> words = new ArrayList<>(command);
        words.addAll(1, List.of(flags));
        return new Program(words, environment, directory);
    }

    /** What it is that the command's first word names. */
    Path file() throws IOException {
        return executable(command.get(0), directory, environment.getOrDefault("PATH", DEFAULT_PATH));
    }

    private static void requireGivable(String what, String text) throws IOException {
        Optional<NativeText.Obstacle> obstacle = NativeText.obstacle(text);
        if (obstacle.isPresent()) {
            throw new IOException("no program can be given the " + what + " \"" + text + "\": "
                    + obstacle.get().why() + ": " + obstacle.get().remedy());
        }
    }

    private static Path directory(Launch launch) throws IOException {
        if (launch.directory().isEmpty()) {
            return null;
        }
        Path wanted = launch.directory().get();
        if (!Files.isDirectory(wanted)) {
            throw new IOException("the directory " + wanted + " "
                    + (Files.exists(wanted) ? "is none" : "does not exist")
                    + ", and a worker is to start there: create it, or give another by directory or --directory");
        }
        return wanted.toRealPath();
    }

    private static Path executable(String name, Path directory, String path) throws IOException {
        Path base = directory == null ? Path.of("").toAbsolutePath() : directory;
        try {
            if (name.contains("/")) {
                return executable(base.resolve(name));
            }
            for (String entry : path.split(":")) {
                Path file = base.resolve(entry).resolve(name);
                if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                    return file;
                }
            }
        } catch (InvalidPathException e) {
            throw new IOException("not a command: \"" + name + "\": " + e.getMessage(), e);
        }
        throw new IOException(
                "there is no command \"" + name + "\" on the PATH " + path + ": install it, or give its whole path");
    }

    private static Path executable(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("there is no file " + file + ": is it built, and is the path right?");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is not a program, but a directory or a device: give the path of one");
        }
        if (!Files.isExecutable(file)) {
            throw new IOException(file + " may not be executed by this user: chmod +x " + file);
        }
        return file;
    }

    /** An older one would stumble over our flags, and say no more than that. */
    private static void requireModern(Path java) throws IOException {
        Optional<Integer> version = version(home(java));
        if (version.isPresent() && version.get() < OLDEST_JAVA) {
            throw new IOException(java + " is Java " + version.get() + ", and a worker needs " + OLDEST_JAVA
                    + " or later: install one, and give its path");
        }
    }

    /** Such a Java says at most that a class is missing, which names no module. */
    private static void requireModulesOfTheAgent(Path java) throws IOException {
        Optional<List<String>> modules = stated(home(java), MODULES).map(names -> List.of(names.split(" ")));
        if (modules.isPresent() && !modules.get().containsAll(OF_THE_AGENT)) {
            List<String> missing = new ArrayList<>(OF_THE_AGENT);
            missing.removeAll(modules.get());
            throw new IOException(java + " is a Java without " + String.join(" and ", missing)
                    + ", which the agent needs: make the image with jlink --add-modules " + String.join(",", missing)
                    + ", or, with java.logging and a program that uses the kit, say --wrap kit");
        }
    }

    private static Path home(Path java) throws IOException {
        return java.toRealPath().resolveSibling("..").normalize();
    }

    /** Of the JDK in this directory; empty where only it itself can tell. */
    static Optional<Integer> version(Path home) throws IOException {
        return stated(home, JAVA_VERSION).map(Integer::valueOf);
    }

    private static Optional<String> stated(Path home, Pattern what) throws IOException {
        Path release = home.resolve("release");
        if (!Files.isReadable(release)) {
            return Optional.empty();
        }
        return Files.readAllLines(release, StandardCharsets.UTF_8).stream()
                .map(what::matcher)
                .filter(Matcher::matches)
                .map(line -> line.group(1))
                .findFirst();
    }

    static boolean isJava(List<String> command) {
        String name = command.get(0); // which no path may be made of where nobody has looked at it yet
        return name.substring(name.lastIndexOf('/') + 1).equals("java");
    }

    /** Java 24 and later warn of native calls, which the kit makes; 17 knows the flag already, and ignores it. */
    private static List<String> withFlags(List<String> command) {
        if (!isJava(command)) {
            return command;
        }
        List<String> flagged = new ArrayList<>(command);
        flagged.add(1, NATIVE_ACCESS);
        return flagged;
    }
}
