package dev.baton.kit;

import dev.baton.handover.Errno;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What all epoll instances of this process watch, as of one look; see {@link EpollWatch}. */
final class EpollWatches {
    private static final String TARGET = "tfd:";

    /** By the number watched, as the kernel wrote it: an epoll instance may watch thousands that nobody asks for. */
    private final Map<Integer, List<Line>> lines = new HashMap<>();

    private record Line(int epoll, String text) {}

    private EpollWatches() {}

    static EpollWatches now() {
        EpollWatches now = new EpollWatches();
        for (int epoll : Descriptors.epolls()) {
            for (String line : fdinfo(epoll)) {
                int target = target(line);
                if (target >= 0) {
                    now.lines
                            .computeIfAbsent(target, number -> new ArrayList<>(1))
                            .add(new Line(epoll, line));
                }
            }
        }
        return now;
    }

    /** Every watch of a descriptor number. */
    List<EpollWatch> of(int number) {
        List<EpollWatch> watches = new ArrayList<>(1);
        for (Line line : lines.getOrDefault(number, List.of())) {
            watches.add(EpollWatch.parse(line.epoll, line.text));
        }
        return watches;
    }

    private static int target(String line) {
        if (!line.startsWith(TARGET)) {
            return -1;
        }
        int end = line.indexOf("events:");
        return end < 0
                ? -1
                : Integer.parseInt(line.substring(TARGET.length(), end).trim());
    }

    /**
     * Nothing of one that was closed since it was listed.
     *
     * @throws UncheckedIOException if there is no descriptor to look with, or the like
     */
    static List<String> fdinfo(int epoll) {
        Path file = Path.of("/proc/self/fdinfo/" + epoll);
        while (true) {
            try {
                return ProcFile.read(file).lines().toList();
            } catch (IOException e) {
                if (!exists(file)) {
                    return List.of();
                }
                // Closed, and the number taken again; or there was no descriptor, and now there is.
            }
        }
    }

    private static boolean exists(Path file) {
        try {
            Libc.openToRead(file).close();
            return true;
        } catch (LibcException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw new UncheckedIOException("cannot see what an epoll instance watches", e);
        }
    }
}
