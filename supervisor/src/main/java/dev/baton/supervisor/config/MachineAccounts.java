package dev.baton.supervisor.config;

import dev.baton.supervisor.Settings.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Those of the machine that this runs on: id(1) and getent(1) know all the places where it may keep them. */
final class MachineAccounts implements Accounts {
    private static final Pattern NUMBERS = Pattern.compile("\\d+(?: \\d+)*");
    private static final Pattern GROUP = Pattern.compile("[^:]+:[^:]*:(\\d+):.*", Pattern.DOTALL);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** What login(1) takes where passwd(5) says nothing. */
    private static final String NO_HOME = "/";

    private static final String USUAL_SHELL = "/bin/sh";

    @Override
    public Optional<User> user(String name) {
        return parse(
                name,
                said(PATIENCE, "id", "-u", "--", name),
                said(PATIENCE, "id", "-g", "--", name),
                said(PATIENCE, "id", "-G", "--", name),
                said(PATIENCE, "getent", "--", "passwd", name));
    }

    @Override
    public Optional<Integer> group(String name) {
        Matcher group = GROUP.matcher(said(PATIENCE, "getent", "--", "group", name));
        return group.matches() ? Optional.of(Integer.parseUnsignedInt(group.group(1))) : Optional.empty();
    }

    /** What a command prints, nothing where it cannot be run; it is read while it runs, for a pipe holds 64 KiB. */
    static String said(Duration atMost, String... command) {
        CompletableFuture<Process> end = new CompletableFuture<>();
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.start();
            process.getOutputStream().close();
            end = process.onExit().orTimeout(atMost.toMillis(), TimeUnit.MILLISECONDS);
            end.exceptionally(late -> process.destroyForcibly());
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            end.join();
            return said;
        } catch (IOException | CompletionException e) {
            if (end.isCompletedExceptionally()) {
                throw new IllegalArgumentException("\"" + String.join(" ", command) + "\" did not answer", e);
            }
            return "";
        }
    }

    /**
     * By numbers: the names of groups may have blanks and more in them, where a directory service has them.
     *
     * @param passwd its line of passwd(5); empty where there is none
     */
    static Optional<User> parse(String name, String uid, String gid, String gids, String passwd) {
        List<Integer> user = numbers(uid);
        List<Integer> group = numbers(gid);
        if (user.size() != 1 || group.size() != 1) {
            return Optional.empty();
        }
        String[] fields = passwd.strip().split(":", -1);
        return Optional.of(new User(
                fields.length > 5 ? fields[0] : name,
                user.get(0),
                group.get(0),
                numbers(gids),
                field(fields, 5, NO_HOME),
                field(fields, 6, USUAL_SHELL)));
    }

    /** As the kernel has them: 32 bits. None where something else was said. */
    private static List<Integer> numbers(String said) {
        String line = said.strip();
        return NUMBERS.matcher(line).matches()
                ? Arrays.stream(line.split(" ")).map(Integer::parseUnsignedInt).toList()
                : List.of();
    }

    private static String field(String[] fields, int index, String otherwise) {
        return index < fields.length && !fields[index].isEmpty() ? fields[index] : otherwise;
    }
}
