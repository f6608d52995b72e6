package dev.baton.supervisor.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Lines as the reader of a standard stream wants them: where that is systemd's journal, each begins with its priority,
 * {@code <4>}: sd-daemon(3). A line that has one already, of a worker that knows the journal, keeps it.
 *
 * @param reads whether the journal reads this stream
 */
public record Journal(boolean reads) {
    /** By the numbers of syslog(3). */
    public enum Priority {
        ERROR(3),
        WARNING(4),
        INFO(6),
        DEBUG(7);

        private final int number;

        Priority(int number) {
            this.number = number;
        }
    }

    private static final int PREFIX = "<4>".length();

    /** Looks who reads a stream of this process: 1 is standard output, 2 standard error. */
    public static Journal behind(int fd) {
        return behind(fd, System.getenv());
    }

    /** $JOURNAL_STREAM is device and inode of the stream, which may have been redirected since: systemd.exec(5). */
    static Journal behind(int fd, Map<String, String> environment) {
        String stream = environment.get("JOURNAL_STREAM");
        if (stream == null) {
            return new Journal(false);
        }
        try {
            Map<String, Object> is = Files.readAttributes(Path.of("/proc/self/fd/" + fd), "unix:dev,ino");
            return new Journal(stream.equals(is.get("dev") + ":" + is.get("ino")));
        } catch (IOException e) {
            return new Journal(false); // closed: nobody reads it
        }
    }

    /**
     * A line with what stands before it.
     *
     * @param before who says it, and behind it a space
     */
    public String line(Priority priority, String before, String line) {
        if (!reads) {
            return before + line;
        }
        boolean has = line.length() >= PREFIX
                && line.charAt(0) == '<'
                && line.charAt(1) >= '0'
                && line.charAt(1) <= '7'
                && line.charAt(2) == '>';
        return has
                ? line.substring(0, PREFIX) + before + line.substring(PREFIX)
                : "<" + priority.number + ">" + before + line;
    }
}
