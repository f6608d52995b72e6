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
    private static final String TARGET = "tfd:";
    private static final int EPOLLIN = 1;
    private static final int EPOLLONESHOT = 1 << 30;

    /** Every watch of a descriptor number, in every epoll instance of this process. */
    static List<EpollWatch> of(int fd) {
        List<EpollWatch> watches = new ArrayList<>();
        for (int epoll : Descriptors.epolls()) {
            for (String line : fdinfo(epoll)) {
                if (target(line) == fd) {
                    watches.add(parse(epoll, line));
                }
            }
        }
        return watches;
    }

    /** Whether it fires once and is then off until it is armed again: how Java waits for its virtual threads. */
    boolean isOnce() {
        return (events & EPOLLONESHOT) != 0;
    }

    /** The events of a watch that is armed; those of one that has fired once are gone. */
    int armed() {
        return events | EPOLLIN;
    }

    /** By itself, since an epoll instance may watch thousands of other descriptors. */
    private static int target(String line) {
        if (!line.startsWith(TARGET)) {
            return -1;
        }
        int end = line.indexOf("events:");
        return end < 0
                ? -1
                : Integer.parseInt(line.substring(TARGET.length(), end).trim());
    }

    private static EpollWatch parse(int epoll, String line) {
        String[] words = line.trim().split("[\\s:]+");
        return new EpollWatch(
                epoll,
                Integer.parseUnsignedInt(words[3], 16),
                Long.parseUnsignedLong(words[5], 16),
                Long.parseUnsignedLong(words[9], 16));
    }

    private static List<String> fdinfo(int epoll) {
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo/" + epoll));
        } catch (IOException e) {
            return List.of(); // closed since it was listed: it watches nothing
        }
    }
}
