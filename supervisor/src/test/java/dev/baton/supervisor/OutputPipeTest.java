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
import org.junit.jupiter.api.Test;

class OutputPipeTest {
    private static final int MEBIBYTE = 1 << 20;

    @Test
    void aWorkerMayPrintAMebibyteThatNobodyReads() throws Exception {
        List<OutputPipe> pipes = OutputPipe.openTwo();
        try {
            Path end = Path.of("/proc/self/fd/" + pipes.get(0).write().number());
            try (OutputStream out = Files.newOutputStream(end)) {
                FutureTask<Integer> printed = new FutureTask<>(() -> {
                    out.write(new byte[MEBIBYTE]);
                    return MEBIBYTE;
                });
                DaemonThread.start("prints", printed);
                printed.get(20, TimeUnit.SECONDS);
            }
        } finally {
            pipes.forEach(pipe -> {
                pipe.read().close();
                pipe.write().close();
            });
        }
    }

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
