package dev.baton.supervisor.doctor;

import dev.baton.handover.NativeCalls;
import dev.baton.supervisor.UtilLinux;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Baton runs on and calls: the kernel, the JDK, native calls, other programs. */
record Programs(Path root, Map<String, String> environment) {
    private static final int JAVA = 17;
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
    /** SO_COOKIE, by which a socket is told from another, came with it: socket(7). */
    private static final int KERNEL = ordinal(4, 6);
    /** CLOSE_RANGE_CLOEXEC came with it, close_range(2); the last of several that a new supervisor needs. */
    private static final int KERNEL_OF_ALL = ordinal(5, 11);

    Finding kernel(String name, String version) {
        if (!"Linux".equals(name)) {
            return Finding.fail("kernel", name + " " + version, "run Baton on Linux; elsewhere programs run alone");
        }
        Matcher is = VERSION.matcher(version);
        if (!is.matches()) {
            return Finding.warn("kernel", "Linux " + version, "this is no version that can be read: 4.6 is needed");
        }
        int linux = ordinal(Integer.parseInt(is.group(1)), Integer.parseInt(is.group(2)));
        String says = "Linux " + version + " " + System.getProperty("os.arch");
        if (linux < KERNEL) {
            return Finding.fail("kernel", says, "Linux 4.6 or later is needed");
        }
        return linux < KERNEL_OF_ALL
                ? Finding.warn(
                        "kernel",
                        says,
                        "baton reexec takes Linux 5.11, and taking workers over from a supervisor that has died 5.6")
                : Finding.ok("kernel", says);
    }

    private static int ordinal(int major, int minor) {
        return major * 1000 + minor;
    }

    Finding java(Runtime.Version version) {
        String says = version + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home");
        return version.feature() < JAVA
                ? Finding.fail("java", says, "set JAVA_HOME to a JDK of version 17 or later")
                : Finding.ok("java", says);
    }

    Finding nativeCalls() {
        return NativeCalls.obstacle()
                .map(obstacle -> Finding.fail("native", obstacle.says(), obstacle.remedy()))
                .orElseGet(() -> Finding.ok("native", "native calls work"));
    }

    /** Every worker is started through it, in a process group of its own. */
    Finding setsid() {
        return find("setsid")
                .map(file -> Finding.ok("setsid", file.toString()))
                .orElseGet(() -> Finding.fail("setsid", "there is no setsid(1) on the PATH", "install util-linux"));
    }

    /** Workers of another user are started through it. */
    Finding setpriv() {
        return find("setpriv")
                .map(file -> Finding.ok("setpriv", file.toString()))
                .orElseGet(() -> Finding.warn(
                        "setpriv",
                        "there is no setpriv(1) on the PATH, and workers cannot run as another user",
                        "install util-linux; without user and group in the configuration it is not needed"));
    }

    private Optional<Path> find(String program) {
        return UtilLinux.find(program, root, environment);
    }

    /** By the test of sd_booted(3). */
    Finding systemd() {
        boolean booted = Files.isDirectory(root.resolve("run/systemd/system"));
        return Finding.ok("systemd", booted ? "runs this machine" : "does not run this machine, and is not needed");
    }
}
