package dev.baton.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What of a {@code java} command decides which classes a JVM may share: see java(1).
 *
 * @param options those that must be the same for the JVM that makes an archive and for those that use it
 * @param classPath as it is written
 */
record JavaCommand(List<String> options, String classPath) {
    private static final Set<String> CLASS_PATH = Set.of("-cp", "-classpath", "--class-path");

    /** They stand before a word of their own. */
    private static final Set<String> OF_TWO_WORDS =
            Set.of("--add-modules", "--add-exports", "--add-reads", "--add-opens", "--enable-native-access");

    /** Whoever writes one of these shares classes in his own way, or in none; or starts what no archive can hold. */
    private static final Pattern UNSUITABLE =
            Pattern.compile("@.*|-Xshare:(?!auto$).*|-Xbootclasspath.*|-m|-p|--source.*"
                    + "|--(module|module-path|upgrade-module-path|patch-module|limit-modules)(=.*)?"
                    + "|-XX:.?(SharedArchive|SharedClassList|ArchiveClasses|AutoCreateShared|DumpLoadedClass|AOT).*");

    private static final Pattern DECISIVE = Pattern.compile("-Xmx.*|--enable-preview|-XX:[+-]Use\\w+GC"
            + "|-XX:[+-]UseCom(pressed|pact)\\w+|-XX:(MaxHeapSize|MaxRAM|MaxRAMPercentage|ObjectAlignmentInBytes)=.*");

    JavaCommand {
        options = List.copyOf(options);
    }

    /** Where a JVM takes options from besides its command. */
    private static final List<String> VARIABLES = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    /** Empty where it is not to be started with an archive; so, too, where its environment has a word in that. */
    static Optional<JavaCommand> of(List<String> command, Map<String, String> environment) {
        return VARIABLES.stream()
                        .flatMap(name ->
                                Stream.of(environment.getOrDefault(name, "").split("[\\s\"']+")))
                        .anyMatch(word -> UNSUITABLE.matcher(word).matches()
                                || DECISIVE.matcher(word).matches())
                ? Optional.empty()
                : of(command);
    }

    /** Empty where it is not to be started with an archive. */
    static Optional<JavaCommand> of(List<String> command) {
        List<String> options = new ArrayList<>();
        String classPath = null;
        for (int i = 1; i < command.size(); i++) {
            String word = command.get(i);
            String next = i + 1 < command.size() ? command.get(i + 1) : null;
            if (UNSUITABLE.matcher(word).matches()) {
                return Optional.empty();
            } else if (word.equals("-jar")) {
                return Optional.ofNullable(next).map(jar -> new JavaCommand(options, jar));
            } else if (CLASS_PATH.contains(word)) {
                classPath = next;
                i++;
            } else if (word.startsWith("--class-path=")) {
                classPath = word.substring("--class-path=".length());
            } else if (OF_TWO_WORDS.contains(word)) {
                i++;
            } else if (!word.startsWith("-")) {
                return Optional.ofNullable(classPath).map(path -> new JavaCommand(options, path));
            } else if (DECISIVE.matcher(word).matches()) {
                options.add(word);
            }
        }
        return Optional.empty();
    }
}
