package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker prints, on its way to us: a pipe of our own making, whose number is known, so that another program can
 * go on reading in this process.
 *
 * @param write the worker's end, as long as it is ours
 */
record OutputPipe(Fd read, Fd write) {
    /** Bytes that a worker may print while nobody reads, before it waits; as many as a pipe may have: pipe(7). */
    private static final int ROOM = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(OutputPipe.class);
    private static final Set<PosixFilePermission> EVERYBODY = PosixFilePermissions.fromString("rw-rw-rw-");

    /** One for standard output and one for standard error; the caller closes their ends. */
    static List<OutputPipe> openTwo() throws IOException {
        OutputPipe first = open();
        try {
            return List.of(first, open());
        } catch (IOException e) {
            first.close();
            throw e;
        }
    }

    /** The ends that are ours. */
    static List<Fd> reading(List<OutputPipe> pipes) {
        return pipes.stream().map(OutputPipe::read).toList();
    }

    /**
     * A worker may be another user than the one whose pipe it is, and opens it anew by the name of /dev/stdout or
     * /dev/stderr. For that everybody may; whose processes hold the pipe is asked on the way to it, /proc/PID/fd, where
     * others than their user are turned away: proc(5).
     */
    private static OutputPipe open() throws IOException {
        Fd[] ends = Libc.pipe();
        OutputPipe pipe = new OutputPipe(ends[0], ends[1]);
        try {
            Files.setPosixFilePermissions(Path.of("/proc/self/fd/" + ends[1].number()), EVERYBODY);
            makeRoom(ends[1]);
            return pipe;
        } catch (IOException e) {
            pipe.close();
            throw e;
        }
    }

    private static void makeRoom(Fd end) {
        try {
            Libc.growPipe(end, ROOM);
        } catch (LibcException e) {
            LOG.debug("a worker's output has the room that every pipe has: {}", e.getMessage());
        }
    }

    private void close() {
        read.close();
        write.close();
    }

    /** What comes out of it. Ownership: closes the end. */
    static InputStream stream(Fd read) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                int n = length == 0 ? 0 : Libc.read(read, ByteBuffer.wrap(bytes, offset, length));
                return n == 0 && length > 0 ? -1 : n;
            }

            @Override
            public void close() {
                read.close();
            }
        };
    }
}
