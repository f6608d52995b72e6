package dev.baton.supervisor.config;

import dev.baton.supervisor.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A user of this machine.
 *
 * @param group its first one
 * @param groups all of them
 */
public record Account(String name, int uid, int group, List<Integer> groups, String home, String shell) {
    private static final Pattern NUMBERS = Pattern.compile("\\d+(?: \\d+)*");
    private static final Pattern GROUP = Pattern.compile("[^:]+:[^:]*:(\\d+):.*", Pattern.DOTALL);
    private static final int SECONDS = 10;
    /** What login(1) takes where passwd(5) says nothing. */
    private static final String NO_HOME = "/";

    private static final String USUAL_SHELL = "/bin/sh";

    public Account {
        groups = List.copyOf(groups);
    }

    /** How users and groups are found. */
    interface Directory {
        Directory OF_THIS_MACHINE = new Directory() {
            @Override
            public Optional<Account> user(String name) {
                return ofThisMachine(name);
            }

            @Override
            public Optional<Integer> group(String name) {
                return groupOfThisMachine(name);
            }
        };

        Optional<Account> user(String name);

        /** A group's number. */
        Optional<Integer> group(String name);
    }

    /** Asks id(1) and getent(1), which know all the places where a machine may keep its users. */
    public static Optional<Account> ofThisMachine(String name) {
        return parse(
                name,
                said("id", "-u", "--", name).orElse(""),
                said("id", "-g", "--", name).orElse(""),
                said("id", "-G", "--", name).orElse(""),
                said("getent", "--", "passwd", name).orElse(""));
    }

    /** A group's number. */
    public static Optional<Integer> groupOfThisMachine(String name) {
        return said("getent", "--", "group", name)
                .map(GROUP::matcher)
                .filter(Matcher::matches)
                .map(group -> Integer.valueOf(group.group(1)));
    }

    private static Optional<String> said(String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            return Optional.of(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /**
     * By numbers: the names of groups may have blanks and more in them, where a directory service has them.
     *
     * @param passwd its line of passwd(5); empty where there is none
     */
    static Optional<Account> parse(String name, String uid, String gid, String gids, String passwd) {
        List<Integer> user = numbers(uid);
        List<Integer> group = numbers(gid);
        if (user.size() != 1 || group.size() != 1) {
            return Optional.empty();
        }
        String[] fields = passwd.strip().split(":", -1);
        return Optional.of(new Account(
                fields.length > 5 ? fields[0] : name,
                user.get(0),
                group.get(0),
                numbers(gids),
                field(fields, 5, NO_HOME),
                field(fields, 6, USUAL_SHELL)));
    }

    /** None where something else was said, like that there is no such user. */
    private static List<Integer> numbers(String said) {
        String line = said.strip();
        return NUMBERS.matcher(line).matches()
                ? Arrays.stream(line.split(" ")).map(Integer::valueOf).toList()
                : List.of();
    }

    private static String field(String[] fields, int index, String otherwise) {
        return index < fields.length && !fields[index].isEmpty() ? fields[index] : otherwise;
    }

    /** The groups that all of them are in, in the order of the first one's. */
    public static List<Integer> groupsInCommon(List<Account> accounts) {
        List<Integer> common = new ArrayList<>(accounts.get(0).groups());
        accounts.forEach(account -> common.retainAll(account.groups()));
        return common;
    }

    /** The first directory on the way to this file that its mode keeps the user from passing. */
    public Optional<Path> barredAt(Path file) throws IOException {
        return worker(Optional.empty()).barredAt(file);
    }

    /**
     * Who workers run as.
     *
     * @param user empty: the user of this process, if there is a group
     * @param group in the place of the user's first one
     * @throws IllegalArgumentException if the user of this process is asked for, and nobody knows it
     */
    public static Optional<Settings.User> worker(Optional<Account> user, Optional<Integer> group) {
        if (user.isEmpty() && group.isEmpty()) {
            return Optional.empty();
        }
        String own = System.getProperty("user.name");
        Account account = user.or(() -> ofThisMachine(own))
                .orElseThrow(() -> new IllegalArgumentException("group: this process's own user \"" + own
                        + "\" is not known to this machine; say which user is meant by user"));
        return Optional.of(account.worker(group));
    }

    private Settings.User worker(Optional<Integer> otherGroup) {
        return new Settings.User(name, uid, otherGroup.orElse(group), groups, home, shell);
    }
}
