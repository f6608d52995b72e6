package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandardStreamsTest {
    @Test
    void aBrokenPipeIsReplacedAndWhatIsWrittenArrives() throws Exception {
        try (Pipe old = Pipe.open();
                Pipe fresh = Pipe.open()) {
            old.read.close();
            StandardStreams.mend(old.write.number(), fresh.write);
            fresh.write.close();
            write(old.write, "once more");
            assertEquals("once more", read(fresh.read, 9));
            assertFalse(Libc.isWithoutReader(old.write.number()));
        }
    }

    @Test
    void aPipeThatIsReadAndAFileStayWhatTheyAre(@TempDir Path directory) throws Exception {
        try (Pipe read = Pipe.open();
                Pipe fresh = Pipe.open()) {
            StandardStreams.mend(read.write.number(), fresh.write);
            write(read.write, "to the old reader");
            assertEquals("to the old reader", read(read.read, 17));
            Path file = Files.createFile(directory.resolve("log"));
            try (Fd own = openForWriting(file)) {
                StandardStreams.mend(own.number(), fresh.write);
                assertEquals(file, Path.of("/proc/self/fd/" + own.number()).toRealPath());
            }
        }
    }

    private record Pipe(Fd read, Fd write) implements AutoCloseable {
        static Pipe open() throws IOException {
            Fd[] ends = Libc.pipe();
            return new Pipe(ends[0], ends[1]);
        }

        @Override
        public void close() {
            read.close();
            write.close();
        }
    }

    private static Fd openForWriting(Path file) throws IOException {
        try (FileOutputStream out = new FileOutputStream(file.toFile());
                DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            assertTrue(out.getChannel().isOpen());
            for (Path entry : all) {
                if (Files.isSymbolicLink(entry) && Files.readSymbolicLink(entry).equals(file)) {
                    return Libc.duplicate(Integer.parseInt(entry.getFileName().toString()));
                }
            }
        }
        throw new IOException(file + " is not open");
    }

    private static void write(Fd to, String text) throws IOException {
        try (FileOutputStream out = new FileOutputStream("/proc/self/fd/" + to.number())) {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static String read(Fd from, int bytes) throws IOException {
        try (FileInputStream in = new FileInputStream("/proc/self/fd/" + from.number())) {
            byte[] read = new byte[bytes];
            new DataInputStream(in).readFully(read);
            return new String(read, StandardCharsets.US_ASCII);
        }
    }
}
