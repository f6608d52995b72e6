package dev.baton.supervisor.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How the kernel shares the processors out: whether a candidate can leave them to the worker that serves. */
record Processors(Path root) {
    private static final String UNIFIED = "0::";

    /** sched(7), autogroups; they are for processes in the root cgroup of the controller {@code cpu} alone. */
    Finding autogroups() {
        String name = "autogroups";
        try {
            if (!Sysctl.read(root, "kernel/sched_autogroup_enabled").equals("1")) {
                return Finding.warn(
                        name,
                        "are off: a candidate that starts competes with the worker that serves",
                        "sysctl -w kernel.sched_autogroup_enabled=1, and in /etc/sysctl.d to keep it");
            }
            return isSharedByCgroup()
                    ? Finding.warn(
                            name,
                            "do not count here, for processors are shared out by cgroup: a candidate that starts"
                                    + " competes with the worker that serves",
                            "run it where no CPUWeight= or CPUQuota= holds, neither of its unit nor of its slice")
                    : Finding.ok(name, "a candidate that starts leaves the processors to the worker that serves");
        } catch (IOException e) {
            return Finding.warn(
                    name,
                    "there are none: a candidate that starts competes with the worker that serves",
                    "a kernel with CONFIG_SCHED_AUTOGROUP, as most distributions have; or upgrade when there is time");
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
