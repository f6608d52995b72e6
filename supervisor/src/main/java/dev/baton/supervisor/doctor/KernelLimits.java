package dev.baton.supervisor.doctor;

import dev.baton.handover.ListenerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much the kernel lets a server have. */
record KernelLimits(Path root) {
    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +(\\S+) +(\\S+)");
    /** Fewer than the supervisor itself and its control clients may come to. */
    private static final long TOO_FEW = 256;
    /** A connection takes one, and a worker inherits the limit; while one drains, two workers hold connections. */
    private static final long ENOUGH = 4096;

    private static final String RAISE =
            "raise it: ulimit -n 65536, LimitNOFILE=65536 in a unit, or /etc/security/limits.conf";

    /** The JVM raises its own soft limit to the hard one, so that this one counts: getrlimit(2). */
    Finding openFiles() {
        Matcher limits;
        try {
            limits = OPEN_FILES.matcher(Files.readString(root.resolve("proc/self/limits")));
        } catch (IOException e) {
            return Finding.warn("nofile", "cannot be read: " + e.getMessage(), "see that ulimit -n says 4096 or more");
        }
        if (!limits.find()) {
            return Finding.warn("nofile", "/proc/self/limits does not say it", "see that ulimit -n says 4096 or more");
        }
        long hard = limits.group(2).equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(limits.group(2));
        String says = limits.group(1) + " open files, at most " + limits.group(2);
        if (hard < TOO_FEW) {
            return Finding.fail("nofile", says + ": fewer than the supervisor itself may need", RAISE);
        }
        return hard < ENOUGH
                ? Finding.warn("nofile", says + ": each connection takes one", RAISE)
                : Finding.ok("nofile", says);
    }

    /** Where connections wait while nobody accepts: listen(2). */
    Finding backlog() {
        OptionalLong most = number("net/core/somaxconn");
        int wanted = ListenerSpec.DEFAULT_BACKLOG;
        String raise = "sysctl -w net.core.somaxconn=" + wanted + ", and in /etc/sysctl.d to keep it";
        if (most.isEmpty()) {
            return Finding.warn("somaxconn", "cannot be read", raise);
        }
        String says = "a backlog of at most " + most.getAsLong();
        return most.getAsLong() < wanted
                ? Finding.warn(
                        "somaxconn",
                        says + ", and " + wanted + " is asked for: in a restart connections may be lost",
                        raise)
                : Finding.ok("somaxconn", says);
    }

    /** Handshakes under way; what is beyond gets a cookie, if that is on: tcp(7). */
    Finding handshakes() {
        String name = "syn-backlog";
        OptionalLong most = number("net/ipv4/tcp_max_syn_backlog");
        OptionalLong cookies = number("net/ipv4/tcp_syncookies");
        String raise = "sysctl -w net.ipv4.tcp_max_syn_backlog=" + ListenerSpec.DEFAULT_BACKLOG
                + ", or net.ipv4.tcp_syncookies=1";
        if (most.isEmpty()) {
            return Finding.warn(name, "tcp_max_syn_backlog cannot be read", raise);
        }
        boolean enough = most.getAsLong() >= ListenerSpec.DEFAULT_BACKLOG;
        String says = most.getAsLong() + " handshakes at once";
        if (cookies.orElse(0) > 0) {
            return Finding.ok(name, says + ", then SYN cookies");
        }
        return enough ? Finding.ok(name, says) : Finding.warn(name, says + ", and no SYN cookies", raise);
    }

    private OptionalLong number(String name) {
        try {
            return OptionalLong.of(Long.parseLong(Sysctl.read(root, name)));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
