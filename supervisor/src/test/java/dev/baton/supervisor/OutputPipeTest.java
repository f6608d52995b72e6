package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputPipeTest {
    @Test
    void aWorkerOfAnyUserMayOpenWhatItWritesToAnew() throws Exception {
        List<OutputPipe> pipes = OutputPipe.openTwo();
        try {
            for (OutputPipe pipe : pipes) {
                Path end = Path.of("/proc/self/fd/" + pipe.write().number());
                assertEquals("rw-rw-rw-", PosixFilePermissions.toString(Files.getPosixFilePermissions(end)));
            }
        } finally {
            pipes.forEach(pipe -> {
                pipe.read().close();
                pipe.write().close();
            });
        }
    }
}
