package dev.baton.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How an epoll instance watches a descriptor, as {@code /proc/self/fdinfo} tells it: proc(5), {@code tfd: 5 events: 19
 * data: 5 pos:0 ino:3d1b sdev:8}.
 *
 * @param epoll the epoll instance
 * @param events the events asked for
 * @param data what the program gets back with them
 * @param inode of the file that is watched, which need not be the one under the number now
 */
record EpollWatch(int epoll, int events, long data, long inode) {
    /** Every watch of a descriptor number in these epoll instances. */
    static List<EpollWatch> of(int fd, List<Integer> epolls) {
        List<EpollWatch> watches = new ArrayList<>();
        for (int epoll : epolls) {
            for (String line : fdinfo(epoll)) {
                String[] words = line.replace(":", " : ").trim().split("[\\s:]+");
                if (words.length >= 10 && words[0].equals("tfd") && Integer.parseInt(words[1]) == fd) {
                    watches.add(new EpollWatch(
                            epoll,
                            Integer.parseUnsignedInt(words[3], 16),
                            Long.parseUnsignedLong(words[5], 16),
                            Long.parseUnsignedLong(words[9], 16)));
                }
            }
        }
        return watches;
    }

    private static List<String> fdinfo(int epoll) {
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo/" + epoll));
        } catch (IOException e) {
            return List.of(); // closed since it was listed: it watches nothing
        }
    }
}
