package dev.baton.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often memory has run out: {@code oom_kill} of {@code /proc/vmstat}, of the whole machine and of any cgroup, since Linux 4.13. */
final class OomKills {
    private static final Logger LOG = LoggerFactory.getLogger(OomKills.class);
    private static final Path COUNTERS = Path.of("/proc/vmstat");
    private static final String NAME = "oom_kill ";

    private OomKills() {}

    /** Processes that the kernel has killed since it was booted; 0 where it does not tell. */
    static long soFar() {
        try (Stream<String> lines = Files.lines(COUNTERS)) {
            return lines.filter(line -> line.startsWith(NAME))
                    .mapToLong(line -> Long.parseLong(line.substring(NAME.length())))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            LOG.debug("whether memory has run out is not known", e);
            return 0;
        }
    }
}
