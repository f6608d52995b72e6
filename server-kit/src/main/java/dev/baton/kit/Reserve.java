package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Descriptors held for what must not fail when there are no others: whoever needs some lets go of these just before.
 *
 * <p>Threading: one.
 */
final class Reserve {
    private static final Path NOTHING = Path.of("/dev/null");

    private final int size;
    private final List<Fd> held = new ArrayList<>();

    Reserve(int size) {
        this.size = size;
    }

    /**
     * Takes what is missing.
     *
     * @throws IOException if there are not so many; those that there were are held
     */
    void fill() throws IOException {
        while (held.size() < size) {
            held.add(Libc.openToRead(NOTHING));
        }
    }

    void release() {
        held.forEach(Fd::close);
        held.clear();
    }
}
