package dev.baton.supervisor.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How the kernel shares the processors out: whether a candidate can leave them to the worker that serves. */
record Processors(Path root) {
    private static final String UNIFIED = "0::";

    /**
     * By autogroups, sched(7), which are for processes in the root cgroup of the controller {@code cpu} alone, or by nice
     * values.
     *
     * @param reversible whether a nice value may be put back
     */
    Finding priority(boolean reversible) {
        String name = "cpu-priority";
        String leaves = "a candidate that starts leaves the processors to the worker that serves";
        if (reversible) {
            return Finding.ok(name, leaves);
        }
        String competes = ": a candidate that starts competes with the worker that serves";
        String remedy = "LimitNICE=+0 in the unit, as baton@.service has it; elsewhere ";
        try {
            if (!Sysctl.read(root, "kernel/sched_autogroup_enabled").equals("1")) {
                return Finding.warn(
                        name,
                        "autogroups are off, and a nice value could not be put back" + competes,
                        remedy + "sysctl -w kernel.sched_autogroup_enabled=1, and in /etc/sysctl.d to keep it");
            }
            return isSharedByCgroup()
                    ? Finding.warn(
                            name,
                            "processors are shared out by cgroup, where no autogroup counts, and a nice value could not"
                                    + " be put back" + competes,
                            remedy + "\"nice\" in /etc/security/limits.conf")
                    : Finding.ok(name, leaves);
        } catch (IOException e) {
            return Finding.warn(
                    name,
                    "there are no autogroups, and a nice value could not be put back" + competes,
                    remedy + "\"nice\" in /etc/security/limits.conf; or upgrade when there is time");
        }
    }

    /** {@code /proc/self/cgroup}, cgroups(7). A group in which the controller is on has its files. */
    private boolean isSharedByCgroup() throws IOException {
        for (String line : Files.readAllLines(root.resolve("proc/self/cgroup"))) {
            String[] fields = line.split(":", 3);
            if (line.startsWith(UNIFIED)) {
                Path group = root.resolve("sys/fs/cgroup");
                for (Path part : Path.of("/" + fields[2]).normalize()) {
                    group = group.resolve(part.toString());
                    if (Files.exists(group.resolve("cpu.weight"))) {
                        return true;
                    }
                }
            } else if (fields.length == 3 && List.of(fields[1].split(",")).contains("cpu") && !fields[2].equals("/")) {
                return true;
            }
        }
        return false;
    }
}
