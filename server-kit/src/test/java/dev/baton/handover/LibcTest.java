package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LibcTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int A_FREE_NUMBER = 19_999;

    private OpenFiles before;

    @BeforeEach
    void remember() {
        before = OpenFiles.now();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        before.assertNothingIsLeft();
    }

    // ---- errors ----

    @Test
    void anErrorNamesTheCallItsObjectAndTheCause() throws Exception {
        try (Fd listener = listen("127.0.0.1:0")) {
            String taken = "127.0.0.1:"
                    + Libc.localInetAddress(listener.number()).orElseThrow().getPort();
            LibcException inUse = assertFails(Errno.EADDRINUSE, () -> listen(taken));
            assertEquals("bind " + taken + ": EADDRINUSE (Address already in use)", inUse.getMessage());
        }
    }

    @Test
    void anAddressOfSomebodyElseCannotBeBound() {
        LibcException notOurs = assertFails(Errno.EADDRNOTAVAIL, () -> listen("192.0.2.1:0"));
        assertEquals("bind 192.0.2.1:0: EADDRNOTAVAIL (Cannot assign requested address)", notOurs.getMessage());
    }

    @Test
    void pagesOfWhatIsNoMappingCannotBeLetGoOf() {
        LibcException inside = assertFails(Errno.EINVAL, () -> Libc.letGoOfPages(1, 1));
        assertEquals("madvise the mapping at 1: EINVAL (Invalid argument)", inside.getMessage());
        assertFails(Errno.ENOMEM, () -> Libc.letGoOfPages(0, 4096));
    }

    /** Every tenth that stays keeps the C library from giving back what lies before it by itself. */
    @Test
    void freedMemoryIsGivenBack() throws Exception {
        int all = 200;
        List<Deflater> kept = new ArrayList<>();
        List<Deflater> ended = new ArrayList<>();
        for (int i = 0; i < all; i++) {
            Deflater deflater = new Deflater();
            deflater.setInput(new byte[1]);
            deflater.deflate(new byte[1], 0, 1, Deflater.FULL_FLUSH);
            (i % 10 == 9 ? kept : ended).add(deflater);
        }
        ended.forEach(Deflater::end);
        long before = residentKib();

        Libc.trimHeap();

        long after = residentKib();
        assertTrue(after < before - ended.size() * 32L, () -> before + " KiB before, " + after + " KiB after");
        kept.forEach(Deflater::end);
    }

    private static long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPathThatIsTakenOrDoesNotExistSaysSo(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("a.sock");
        try (Fd listener = listen("unix:" + socket)) {
            assertTrue(Libc.isListening(listener.number()));
            LibcException taken = assertFails(Errno.EADDRINUSE, () -> listen("unix:" + socket));
            assertTrue(taken.getMessage().startsWith("bind unix:" + socket + ": EADDRINUSE"), taken.getMessage());
        }
        LibcException nowhere = assertFails(Errno.ENOENT, () -> listen("unix:" + directory.resolve("no/a.sock")));
        assertTrue(nowhere.getMessage().startsWith("bind unix:" + directory), nowhere.getMessage());
        assertFails(Errno.ECONNREFUSED, () -> Libc.connect(socket));
        LibcException none = assertFails(Errno.ENOENT, () -> Libc.connect(directory.resolve("none.sock")));
        assertTrue(none.getMessage().startsWith("connect " + directory), none.getMessage());
    }

    @Test
    void aNumberThatIsNotOpenSaysSo() {
        LibcException bad = assertFails(Errno.EBADF, () -> Libc.duplicate(A_FREE_NUMBER));
        assertEquals("fcntl fd 19999: EBADF (Bad file descriptor)", bad.getMessage());
        assertFails(Errno.EBADF, () -> Libc.setNonBlocking(A_FREE_NUMBER, true));
        assertEquals(0, Libc.socketCookie(A_FREE_NUMBER));
        assertFalse(Libc.isListening(A_FREE_NUMBER));
        assertEquals(Optional.empty(), Libc.localAddress(A_FREE_NUMBER));
        assertEquals(Optional.empty(), Libc.remoteAddress(A_FREE_NUMBER));
    }

    @Test
    void aDescriptorOfOursThatIsClosedIsNotUsedByMistake() throws Exception {
        Fd fd = listen("127.0.0.1:0");
        fd.close();
        fd.close();
        assertFalse(fd.isOpen());
        assertThrows(IllegalStateException.class, fd::number);
        assertThrows(IllegalStateException.class, fd::duplicate);
        assertThrows(IllegalArgumentException.class, () -> new Fd(-1));
    }

    @Test
    void anErrnoWithoutANameStillHasItsNumber() {
        LibcException strange = new LibcException("ioctl", "fd 3", 25);
        assertEquals(Errno.OTHER, strange.errno());
        assertEquals("ioctl fd 3: errno 25 (an error without a name here)", strange.getMessage());
    }

    // ---- listeners ----

    @Test
    void aListenerIsCloseOnExecAndNonBlocking() throws Exception {
        try (Fd listener = listen("127.0.0.1:0")) {
            assertTrue(OpenFiles.isCloseOnExecute(listener));
            assertTrue(Libc.isNonBlocking(listener.number()));
            assertTrue(Libc.isListening(listener.number()));
            assertEquals(Optional.empty(), Libc.accept(listener));
            try (Fd copy = listener.duplicate()) {
                Libc.setNonBlocking(copy.number(), false);
                assertFalse(Libc.isNonBlocking(listener.number()), "the flag is of the description, which both share");
                Libc.setNonBlocking(listener.number(), true);
            }
        }
    }

    @Test
    @EnabledIf("hasIpv6")
    void aWildcardTakesIpv4AndIpv6() throws Exception {
        for (String text : new String[] {":0", "*:0", "[::]:0"}) {
            try (Fd listener = listen(text)) {
                assertEquals("/127.0.0.1", acceptFrom(listener, "127.0.0.1"), text);
                assertEquals("/0:0:0:0:0:0:0:1", acceptFrom(listener, "::1"), text);
            }
        }
    }

    @Test
    @EnabledIf("hasIpv6")
    void anIpv6AddressTakesIpv6Alone() throws Exception {
        try (Fd listener = listen("[::1]:0")) {
            assertEquals("/0:0:0:0:0:0:0:1", acceptFrom(listener, "::1"));
            assertThrows(ConnectException.class, () -> acceptFrom(listener, "127.0.0.1"));
        }
    }

    @Test
    @EnabledIf("hasIpv6")
    void theIpv4WildcardTakesIpv4Alone() throws Exception {
        try (Fd listener = listen("0.0.0.0:0")) {
            assertEquals("/127.0.0.1", acceptFrom(listener, "127.0.0.1"));
            assertThrows(ConnectException.class, () -> acceptFrom(listener, "::1"));
        }
    }

    @Test
    void aUnixListenerAcceptsAtItsPath(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("ü.sock");
        try (Fd listener = listen("unix:" + path);
                Fd client = Libc.connect(path);
                Fd accepted = accept(listener)) {
            assertEquals(Optional.of(UnixDomainSocketAddress.of(path)), Libc.localAddress(listener.number()));
            assertTrue(Libc.isNonBlocking(client.number()));
            assertTrue(Libc.isNonBlocking(accepted.number()));
        }
    }

    @Test
    void theLongestUnixPathCanBeBound(@TempDir Path directory) throws Exception {
        String name = "x".repeat(SocketNames.LONGEST_PATH - directory.toString().length() - 1);
        Path path = directory.resolve(name);
        try (Fd listener = listen("unix:" + path);
                Fd client = Libc.connect(path)) {
            assertEquals(Optional.of(UnixDomainSocketAddress.of(path)), Libc.localAddress(listener.number()));
            assertTrue(client.isOpen());
        }
    }

    @Test
    void thePeerOfAUnixSocketIsWhoTheKernelSays(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("a.sock");
        int uid = (int) Files.getAttribute(directory, "unix:uid");
        int gid = (int) Files.getAttribute(directory, "unix:gid");
        try (Fd listener = listen("unix:" + path);
                Fd client = Libc.connect(path);
                Fd accepted = accept(listener)) {
            Credentials peer = Libc.peer(accepted);
            assertEquals(new Credentials((int) ProcessHandle.current().pid(), uid, gid), peer);
            assertEquals(peer, Libc.peer(client));
        }
    }

    // ---- descriptors ----

    @Test
    void whatIsReplacedStandsForTheOtherFromThenOn() throws Exception {
        try (Fd first = listen("127.0.0.1:0");
                Fd second = listen("127.0.0.1:0")) {
            long cookie = Libc.socketCookie(second.number());
            assertNotEquals(cookie, Libc.socketCookie(first.number()));
            Libc.replace(first.number(), second);
            assertEquals(cookie, Libc.socketCookie(first.number()));
            assertEquals(Libc.localAddress(second.number()), Libc.localAddress(first.number()));
        }
    }

    @Test
    void theLikelyNextDescriptorMostlyIsTheNextOne() throws Exception {
        int right = 0;
        try (Fd some = listen("127.0.0.1:0")) {
            for (int i = 0; i < 100; i++) {
                int likely = Libc.likelyNextDescriptor(some);
                try (Fd next = some.duplicate()) {
                    right += next.number() == likely ? 1 : 0;
                }
            }
        }
        assertTrue(right > 50, "right " + right + " times of 100"); // another thread may open something in between
    }

    @Test
    void aWaitEndsWhenThereIsInputOrWhenTheTimeIsOver() throws Exception {
        try (Fd listener = listen("127.0.0.1:0")) {
            assertFalse(Libc.await(listener, Libc.Readiness.READ, Duration.ZERO));
            assertFalse(Libc.await(listener, Libc.Readiness.READ, Duration.ofMillis(10)));
            try (SocketChannel client =
                    SocketChannel.open(Libc.localInetAddress(listener.number()).orElseThrow())) {
                assertTrue(client.isConnected());
                assertTrue(Libc.await(listener, Libc.Readiness.READ, null));
                Libc.awaitInput(listener.number());
            }
        }
    }

    @Test
    void ofTwoTheOneWithInputIsTold() throws Exception {
        Fd[] left = Libc.socketPair();
        Fd[] right = Libc.socketPair();
        try (Fd a = left[0];
                Fd b = right[0]) {
            left[1].close();
            assertTrue(Libc.awaitEither(a.number(), b));
            assertFalse(Libc.awaitEither(b.number(), a));
            right[1].close();
            assertTrue(Libc.awaitEither(b.number(), a));
        }
    }

    // ---- processes ----

    @Test
    void aSignalReachesAProcessWhileItLives() throws Exception {
        Process process = new ProcessBuilder("sleep", "600").start();
        try {
            int pid = (int) process.pid();
            assertTrue(Libc.kill(pid, 0));
            assertTrue(Libc.kill(pid, 15));
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            assertFalse(Libc.kill(pid, 15));
        } finally {
            process.destroyForcibly();
            process.getInputStream().close();
            process.getErrorStream().close();
            process.getOutputStream().close();
        }
    }

    @Test
    void aProcessGroupIsSetToANiceValueWhileItLives() throws Exception {
        Process process = new ProcessBuilder("setsid", "sleep", "600").start();
        try {
            int group = (int) process.pid();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!Libc.setNice(group, 19) && System.nanoTime() < deadline) {
                Thread.onSpinWait(); // before setsid(1) has run there is no such group
            }
            assertEquals("19", nice(Path.of("/proc/" + group + "/stat")));
            process.destroyForcibly().waitFor();
            assertFalse(Libc.setNice(group, 19));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aNiceValueIsTheThreadsOwn() throws Exception {
        Path ours = Path.of("/proc/thread-self/stat");
        String before = nice(ours);
        CompletableFuture<String> raised = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                Libc.setNice(19);
                raised.complete(nice(ours));
            } catch (IOException e) {
                raised.completeExceptionally(e);
            }
        });
        thread.start();
        assertEquals("19", raised.get(20, TimeUnit.SECONDS));
        assertEquals(before, nice(ours));
    }

    private static String nice(Path statFile) throws IOException {
        String stat = Files.readString(statFile);
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16];
    }

    @Test
    void aTimeSliceIsTheThreadsOwn() throws Exception {
        OptionalLong before = Libc.timeSlice(0);
        assumeTrue(before.isPresent(), "this kernel has one time slice for all");
        try {
            assertEquals(before, Libc.setTimeSlice(3_000_000));
            assertEquals(OptionalLong.of(3_000_000), Libc.timeSlice(0));
            assertEquals(
                    before,
                    Libc.timeSlice((int) ProcessHandle.current().pid()),
                    "the process's first thread, which only waits for the others");
        } finally {
            Libc.setTimeSlice(before.getAsLong());
        }
    }

    @Test
    void noThreadHasNoTimeSlice() {
        LibcException e = assertThrows(LibcException.class, () -> Libc.timeSlice(Integer.MAX_VALUE));
        assertTrue(e.getMessage().contains("thread " + Integer.MAX_VALUE), e.getMessage());
    }

    @Test
    void aProcessIsWatchedByADescriptorAndReapedByItsParentAlone() throws Exception {
        Process child = new ProcessBuilder("sleep", "1000").start();
        try (Fd process = Libc.openProcess((int) child.pid()).orElseThrow()) {
            assertFalse(Libc.await(process, Libc.Readiness.READ, Duration.ZERO), "it lives");
            assertEquals(OptionalInt.empty(), Libc.reap(process), "it lives");
            Libc.kill((int) child.pid(), 9);
            assertTrue(Libc.await(process, Libc.Readiness.READ, Duration.ofSeconds(20)));
            child.waitFor(); // the JDK has reaped it
            assertEquals(OptionalInt.empty(), Libc.reap(process));
            assertEquals(Optional.empty(), Libc.openProcess((int) child.pid()));
        }
        try (Fd init = Libc.openProcess(1).orElseThrow()) {
            assertEquals(OptionalInt.empty(), Libc.reap(init), "no child of ours");
        }
    }

    @Test
    void aLockIsOfOneDescriptionAndGoesWithItsLastDescriptor(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("lock");
        try (Fd second = Libc.openToLock(file)) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            Fd copy;
            try (Fd first = Libc.openToLock(file)) {
                assertTrue(Libc.tryLock(first));
                assertTrue(Libc.tryLock(first), "it has it");
                assertFalse(Libc.tryLock(second));
                copy = Libc.duplicate(first.number());
            }
            Files.writeString(file, "closed again, by which a lock of F_SETLK would be gone");
            assertFalse(Libc.tryLock(second), "the copy has it");
            copy.close();
            assertTrue(Libc.tryLock(second));
        }
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertTrue(assertThrows(LibcException.class, () -> Libc.openToLock(link))
                .getMessage()
                .startsWith("open " + link));
    }

    @Test
    void aPipeIsWithoutReaderOnceThatIsClosed() throws Exception {
        Fd[] pipe = Libc.pipe();
        try (Fd out = pipe[1]) {
            assertFalse(Libc.isWithoutReader(out.number()));
            pipe[0].close();
            assertTrue(Libc.isWithoutReader(out.number()));
        }
    }

    @Test
    void whatALibcDoesNotHaveIsKnownBeforeItIsCalled() {
        assertTrue(Libc.has("posix_spawn"));
        assertFalse(Libc.has("posix_spawn_of_tomorrow"));
        assertTrue(Libc.canSpawn());
    }

    @Test
    void aSignalThatDoesNotExistIsAnError() {
        int pid = (int) ProcessHandle.current().pid();
        LibcException invalid = assertFails(Errno.EINVAL, () -> Libc.kill(pid, 4711));
        assertEquals("kill pid " + pid + " with signal 4711: EINVAL (Invalid argument)", invalid.getMessage());
    }

    // ---- what the tests stand on ----

    static boolean hasIpv6() {
        try (ServerSocketChannel probe = ServerSocketChannel.open(StandardProtocolFamily.INET6)) {
            probe.bind(new InetSocketAddress("::1", 0));
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static LibcException assertFails(Errno errno, Executable call) {
        LibcException failure = assertThrows(LibcException.class, call);
        assertEquals(errno, failure.errno());
        return failure;
    }

    private static Fd listen(String text) throws LibcException {
        return Libc.listen((ListenAddress.Bindable) ListenAddress.parse(text), 16);
    }

    private static Fd accept(Fd listener) throws IOException {
        assertTrue(Libc.await(listener, Libc.Readiness.READ, PATIENCE));
        return Libc.accept(listener).orElseThrow();
    }

    /** The client's host, as the kernel names it on the accepted connection. */
    private static String acceptFrom(Fd listener, String host) throws IOException {
        int port = Libc.localInetAddress(listener.number()).orElseThrow().getPort();
        try (SocketChannel client = SocketChannel.open(new InetSocketAddress(host, port));
                Fd accepted = accept(listener)) {
            InetSocketAddress remote =
                    (InetSocketAddress) Libc.remoteAddress(accepted.number()).orElseThrow();
            assertEquals(client.getLocalAddress(), remote);
            return remote.getAddress().toString();
        }
    }
}
