package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MappedFilesTest {
    private static final int KIB = 1024;
    private static final int SIZE = 1024;

    @TempDir
    private Path directory;

    private Path jdk;

    @BeforeEach
    void makeJdk() throws IOException {
        jdk = Files.createDirectory(directory.resolve("jdk")).toRealPath();
    }

    private List<MappedFiles.Mapping> find(String... smaps) throws IOException {
        return MappedFiles.find(Files.write(directory.resolve("smaps"), List.of(smaps)), jdk);
    }

    @Test
    void findsWhatNobodyCanWriteTo() throws IOException {
        assertEquals(
                List.of(
                        new MappedFiles.Mapping(0x1000, 0x2000),
                        new MappedFiles.Mapping(0x3000, 0x4000),
                        new MappedFiles.Mapping(0xffffffff00006000L, 0xffffffff00007000L)),
                find(
                        "1000-2000 r-xp 00026000 fe:00 339380                 " + jdk + "/lib/libjvm.so",
                        "Rss:                  44 kB",
                        "Anonymous:             0 kB",
                        "VmFlags: rd ex mr mw me sd",
                        "2000-3000 rw-p 00026000 fe:00 339380                 " + jdk + "/lib/libjvm.so",
                        "Anonymous:             0 kB",
                        "3000-4000 r--s 00026000 fe:00 339380                 " + jdk + "/lib/modules",
                        "4000-5000 rwxp 00000000 00:00 0",
                        "5000-6000 r--p 00000000 00:00 0                      [vvar]",
                        "ffffffff00006000-ffffffff00007000 r--p 00026000 fe:00 5 /var/cache/baton/baton 1.jsa"));
    }

    @Test
    void leavesWhatIsNotOfTheJdk() throws IOException {
        assertEquals(
                List.of(),
                find(
                        "1000-2000 r-xp 00026000 fe:00 339380                 /usr/lib/libc.so.6",
                        "2000-3000 r-xp 00026000 fe:00 339380                 " + jdk + "-other/lib/libjvm.so",
                        "3000-4000 r--p 00026000 fe:00 339380                 /usr/lib/locale/C.utf8/LC_CTYPE"));
    }

    @Test
    void leavesWhatHasPagesThatAreInNoFile() throws IOException {
        String mapping = " r--p 00026000 fe:00 339380                 " + jdk + "/lib/libjvm.so";
        assertEquals(
                List.of(new MappedFiles.Mapping(0x3000, 0x4000)),
                find(
                        "1000-2000" + mapping,
                        "Anonymous:             4 kB",
                        "Swap:                  0 kB",
                        "2000-3000" + mapping,
                        "Anonymous:             0 kB",
                        "Swap:                120 kB",
                        "3000-4000" + mapping,
                        "Anonymous:             0 kB",
                        "AnonHugePages:         0 kB",
                        "Swap:                  0 kB",
                        "SwapPss:               0 kB",
                        "4000-5000" + mapping,
                        "Anonymous:           940 kB"));
    }

    /** Two mappings of one file, of which one has been written to. The JVM that runs this is let go of as well. */
    @Test
    void letsGoOfMemoryAndLosesNothing() throws IOException {
        byte[] content = new byte[SIZE * KIB];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("some.jsa"), content);
        MappedByteBuffer shared = map(file, MapMode.READ_ONLY);
        MappedByteBuffer own = map(file, MapMode.PRIVATE);
        own.put(0, (byte) ~content[0]);
        shared.load();
        own.load();
        assertEquals(List.of(SIZE, SIZE), sorted(resident(file)));

        MappedFiles.letGo();

        assertEquals(List.of(0, SIZE), sorted(resident(file)));
        assertEquals(ByteBuffer.wrap(content), shared);
        byte[] changed = content.clone();
        changed[0] = (byte) ~content[0];
        assertEquals(ByteBuffer.wrap(changed), own);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void findsTheJvmItself() throws IOException {
        String text = Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains(" r-xp ") && line.endsWith("/libjvm.so"))
                .findFirst()
                .orElseThrow();
        String start = text.substring(0, text.indexOf('-'));
        List<MappedFiles.Mapping> found =
                MappedFiles.find(Path.of("/proc/self/smaps"), Path.of(System.getProperty("java.home")));
        assertTrue(
                found.stream()
                        .anyMatch(mapping -> Long.toHexString(mapping.start()).equals(start)),
                () -> text + found);
    }

    private static MappedByteBuffer map(Path file, MapMode mode) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(mode, 0, channel.size());
        }
    }

    private static List<Integer> sorted(List<Integer> sizes) {
        return sizes.stream().sorted().toList();
    }

    /** How much of each mapping of a file is resident, in KiB. */
    private static List<Integer> resident(Path file) throws IOException {
        List<Integer> sizes = new ArrayList<>();
        boolean isOfFile = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (!Character.isUpperCase(line.charAt(0))) {
                isOfFile = line.endsWith(" " + file);
            } else if (isOfFile && line.startsWith("Rss:")) {
                sizes.add(Integer.valueOf(line.replaceAll("\\D", "")));
            }
        }
        return sizes;
    }
}
