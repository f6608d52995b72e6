package dev.baton.kit;

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
    private static final int EPOLLIN = 1;
    private static final int EPOLLONESHOT = 1 << 30;

    /** Whether it fires once and is then off until it is armed again: how Java waits for its virtual threads. */
    boolean isOnce() {
        return (events & EPOLLONESHOT) != 0;
    }

    /** The events of a watch that is armed; those of one that has fired once are gone. */
    int armed() {
        return events | EPOLLIN;
    }

    /** @param line of the epoll instance's fdinfo */
    static EpollWatch parse(int epoll, String line) {
        String[] words = line.trim().split("[\\s:]+");
        return new EpollWatch(
                epoll,
                Integer.parseUnsignedInt(words[3], 16),
                Long.parseUnsignedLong(words[5], 16),
                Long.parseUnsignedLong(words[9], 16));
    }
}
