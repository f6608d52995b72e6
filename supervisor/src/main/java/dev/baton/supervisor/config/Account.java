package dev.baton.supervisor.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
public record Account(String name, int uid, int group, List<Integer> groups) {
    private static final Pattern ID = Pattern.compile("uid=(\\d+)\\S* gid=(\\d+)\\S* groups=(\\S+).*", Pattern.DOTALL);
    private static final int SECONDS = 10;

    public Account {
        groups = List.copyOf(groups);
    }

    /** How one is found. */
    @FunctionalInterface
    interface Directory {
        Optional<Account> find(String name);
    }

    /** Asks id(1), which knows all the places where a machine may keep its users. */
    static Optional<Account> ofThisMachine(String name) {
        try {
            ProcessBuilder builder = new ProcessBuilder("id", "--", name).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "C");
            Process id = builder.start();
            id.getOutputStream().close();
            if (!id.waitFor(SECONDS, TimeUnit.SECONDS)) {
                id.destroyForcibly();
                return Optional.empty();
            }
            return parse(name, new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    static Optional<Account> parse(String name, String said) {
        Matcher id = ID.matcher(said);
        if (!id.matches()) {
            return Optional.empty();
        }
        List<Integer> groups = Arrays.stream(id.group(3).split(","))
                .map(group -> Integer.parseInt(group.replaceAll("\\D.*", "")))
                .toList();
        return Optional.of(new Account(name, Integer.parseInt(id.group(1)), Integer.parseInt(id.group(2)), groups));
    }
}
