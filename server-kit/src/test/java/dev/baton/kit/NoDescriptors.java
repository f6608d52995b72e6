package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This process has no descriptor left, until the test frees them. */
final class NoDescriptors {
    private final List<Fd> all = new ArrayList<>();

    /** To be called while there are some: whoever has none left can load no class either. */
    static void rehearse() throws IOException {
        assumeTrue(most() <= 200_000, "as many descriptors as can be opened in no time");
        assertThrows(LibcException.class, () -> Libc.duplicate(199_999));
    }

    /** From now on. */
    static NoDescriptors left(Fd some) {
        NoDescriptors none = new NoDescriptors();
        try {
            while (true) {
                none.all.add(some.duplicate());
            }
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("EMFILE"), e.getMessage());
            return none;
        }
    }

    private static long most() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                return Long.parseLong(line.split(" {2,}")[1]);
            }
        }
        throw new AssertionError("no limit of open files");
    }

    void free() {
        all.forEach(Fd::close);
    }
}
