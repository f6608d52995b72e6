package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EpollWatchesTest {
    /** What is taken for unwatched is plugged without a word to its selector, which then never wakes. */
    @Test
    void whoCannotLookDoesNotSayThatNothingIsWatched() throws Exception {
        NoDescriptors.rehearse();
        try (Selector selector = Selector.open();
                Fd some = Libc.openToRead(Path.of("/dev/null"))) {
            selector.selectNow();
            int epoll = Descriptors.epolls().get(0);
            assertFalse(EpollWatches.fdinfo(epoll).isEmpty());
            NoDescriptors none = NoDescriptors.left(some);
            try {
                assertThrows(UncheckedIOException.class, () -> EpollWatches.fdinfo(epoll));
            } finally {
                none.free();
            }
        }
        assertEquals(List.of(), EpollWatches.fdinfo(Integer.MAX_VALUE), "it is closed");
    }
}
