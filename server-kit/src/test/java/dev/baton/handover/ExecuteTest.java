package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExecuteTest {
    private static final int KEPT = 200;

    /** A process that opens descriptors which are not close-on-exec, all the time, and becomes another program. */
    static final class Opening {
        private static final int THREADS = 4;

        public static void main(String[] arguments) throws Exception {
            Fd file = Libc.openToRead(Path.of("/dev/null"));
            Libc.replace(KEPT, file);
            CountDownLatch opened = new CountDownLatch(THREADS);
            for (int i = 1; i <= THREADS; i++) {
                int number = KEPT + i;
                Thread thread = new Thread(() -> openAndClose(number, file, opened));
                thread.setDaemon(true);
                thread.start();
            }
            opened.await();
            Libc.execute(Path.of("/bin/sh"), List.of("sh", "-c", "echo /proc/$$/fd/*"), List.of(), Set.of(KEPT));
        }

        private static void openAndClose(int number, Fd file, CountDownLatch opened) {
            try {
                while (true) {
                    Libc.replaceForChildrenToo(number, file);
                    opened.countDown();
                    new Fd(number).close();
                }
            } catch (LibcException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @RepeatedTest(5)
    void whatOthersOpenMeanwhileDoesNotComeAlong() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opening.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader()) {
            String open = output.readLine(); // the last one is the directory that sh(1) reads there
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals("0 1 2 " + KEPT + " 3", open.replaceAll("/proc/\\d+/fd/", ""));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whereItCannotBeNothingHasHappened() throws Exception {
        Libc.requireExecute();
        try (Fd kept = Libc.openToRead(Path.of("/dev/null"));
                Fd other = Libc.openToRead(Path.of("/dev/null"))) {
            Path missing = Path.of("/no/such/program");
            Thread.currentThread().interrupt();
            LibcException no = assertThrows(
                    LibcException.class,
                    () -> Libc.execute(missing, List.of("program"), List.of(), Set.of(kept.number())));
            assertTrue(Thread.interrupted());
            assertEquals("execve /no/such/program: ENOENT (No such file or directory)", no.getMessage());
            assertTrue(OpenFiles.isCloseOnExecute(kept));
            assertTrue(OpenFiles.isCloseOnExecute(other));
            LibcException closed = assertThrows(
                    LibcException.class,
                    () -> Libc.execute(Path.of("/bin/true"), List.of("true"), List.of(), Set.of(19_999)));
            assertEquals(Errno.EBADF, closed.errno());
        }
    }
}
