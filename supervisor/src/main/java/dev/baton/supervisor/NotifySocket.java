package dev.baton.supervisor;

import dev.baton.handover.Credentials;
import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one worker, of any language, says how it is: sd_notify(3). The path is its alone, in a directory where only its
 * user and we can reach it; whichever process of the worker's session writes there speaks for it, and nobody else: a
 * daemon that has inherited the variable is not the worker. Descriptors that come along are closed, which also answers
 * sd_notify_barrier(3).
 *
 * <p>Threading: a thread of its own, which ends with the worker's process.
 */
final class NotifySocket {
    private static final Logger LOG = LoggerFactory.getLogger(NotifySocket.class);
    private static final int LARGEST = 4096;
    private static final int LONGEST_TEXT = 500;
    private static final Credentials NOBODY = new Credentials(0, -1, -1);

    private final int generation;
    private final Fd socket;

    private NotifySocket(int generation, Fd socket) {
        this.generation = generation;
        this.socket = socket;
    }

    static NotifySocket open(int generation, Path path) throws IOException {
        Files.deleteIfExists(path); // of the supervisor before
        return new NotifySocket(generation, Libc.datagrams(path));
    }

    /**
     * Hears the worker until its process ends.
     *
     * @param process stands for that, pidfd_open(2); it is closed then, like the socket
     * @param worker the leader of its session
     * @param take what is done with each line
     */
    void hear(Fd process, ProcessIdentity worker, Consumer<Line> take) throws IOException {
        try {
            DaemonThread.start("baton-notify-" + generation, () -> run(process, worker, take));
        } catch (IOException e) {
            process.close();
            throw e;
        }
    }

    /** It was not needed. */
    void close() {
        socket.close();
    }

    private void run(Fd process, ProcessIdentity worker, Consumer<Line> take) {
        try (socket;
                process) {
            while (Libc.awaitEither(socket.number(), process)) {
                ByteBuffer datagram = ByteBuffer.allocate(LARGEST);
                Credentials sender = Libc.receiveDatagram(socket, datagram).orElse(NOBODY);
                String text = new String(datagram.array(), 0, datagram.position(), StandardCharsets.UTF_8);
                if (speaksFor(worker, sender)) {
                    text.lines().forEach(line -> Line.parse(line, take));
                } else {
                    LOG.warn(
                            "generation={} ignored at its notify socket: pid={} uid={} is not of its session",
                            generation,
                            sender.pid(),
                            sender.uid());
                }
            }
        } catch (IOException e) {
            LOG.error("generation={} is not heard any more at its notify socket: {}", generation, e.getMessage());
        }
    }

    /** Where the sender has gone already, like many a command that only notifies, its user is what is left to go by. */
    private static boolean speaksFor(ProcessIdentity worker, Credentials sender) {
        OptionalInt session = ProcessIdentity.sessionOf(sender.pid());
        return session.isPresent() ? session.getAsInt() == worker.pid() : sender.uid() == worker.uid();
    }

    /** An assignment, as the worker has sent it; the value is no more to be trusted than the worker. */
    record Line(String name, String value) {
        static void parse(String text, Consumer<Line> take) {
            int equals = text.indexOf('=');
            if (equals > 0) {
                String value = text.substring(equals + 1);
                take.accept(new Line(
                        text.substring(0, equals), value.substring(0, Math.min(value.length(), LONGEST_TEXT))));
            }
        }
    }
}
