package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.DaemonThread;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutputPipeTest {
    private static final int MEBIBYTE = 1 << 20;

    private List<OutputPipe> pipes;

    @BeforeEach
    void open() throws Exception {
        pipes = OutputPipe.openTwo();
    }

    @AfterEach
    void close() {
        pipes.forEach(pipe -> {
            pipe.read().close();
            pipe.write().close();
        });
    }

    private static Path end(OutputPipe pipe) {
        return Path.of("/proc/self/fd/" + pipe.write().number());
    }

    @Test
    void aWorkerMayPrintAMebibyteThatNobodyReads() throws Exception {
        try (OutputStream out = Files.newOutputStream(end(pipes.get(0)))) {
            FutureTask<Integer> printed = new FutureTask<>(() -> {
                out.write(new byte[MEBIBYTE]);
                return MEBIBYTE;
            });
            DaemonThread.start("prints", printed);
            printed.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aWorkerOfAnyUserMayOpenWhatItWritesToAnew() throws Exception {
        for (OutputPipe pipe : pipes) {
            assertEquals("rw-rw-rw-", PosixFilePermissions.toString(Files.getPosixFilePermissions(end(pipe))));
        }
    }
}
