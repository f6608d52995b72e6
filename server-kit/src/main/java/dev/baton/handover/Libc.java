package dev.baton.handover;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The system calls that Baton needs and the JDK does not have: the only class that calls native code.
 *
 * <p>It uses jffi, the layer below jnr-ffi and jnr-posix, directly: no stub classes are generated, so that loading it
 * costs a sixth (docs/decisions/0001). Structures are laid out here for 64-bit Linux, in direct buffers that stay
 * reachable until the call has returned. Every call is checked in one place and repeated on EINTR; no native type
 * leaves this class.
 *
 * <p>Threading: any. Errors: {@link LibcException} names the call, its object and the errno.
 */
public final class Libc {
    private static final boolean IS_AMD64 = "amd64".equals(System.getProperty("os.arch"));

    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 04000;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_PATH = 010000000;
    private static final int O_NOFOLLOW = IS_AMD64 ? 0400000 : 0100000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_NONBLOCK = 04000;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_OFD_SETLK = 37;
    private static final int F_SETPIPE_SZ = 1031;
    private static final short F_WRLCK = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_REUSEPORT = 15;
    private static final int SO_TYPE = 3;
    private static final int SO_DOMAIN = 39;
    private static final int SO_PASSCRED = 16;
    private static final int SO_PEERCRED = 17;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_DETACH_FILTER = 27;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_COOKIE = 57;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int TCP_INFO_STATE = 0;
    private static final int TCP_INFO_UNACKED = 24;
    private static final int TCP_INFO_LAST_SENT = 44;
    private static final int TCP_INFO_LAST_RECEIVED = 52;
    private static final int TCP_INFO_BYTES_RECEIVED = 128;
    private static final int TCP_INFO_NOT_SENT = 144;
    private static final int TCP_INFO_SIZE = 148;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int TCP_ESTABLISHED = 1;
    private static final int TCP_CLOSE_WAIT = 8;
    private static final int SHUT_WR = 1;
    private static final int SHUT_RDWR = 2;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;
    /** struct epoll_event is packed on x86-64 alone. */
    private static final int EPOLL_EVENT_SIZE = IS_AMD64 ? 12 : 16;

    private static final int EPOLL_EVENT_DATA = IS_AMD64 ? 4 : 8;
    private static final int POLLIN = 1;
    private static final int POLLOUT = 4;
    private static final int POLLERR = 8;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int P_PIDFD = 3;
    private static final int CLD_EXITED = 1;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    /** Classic BPF on the TCP header, whose byte 13 has the flags: code, jump if true, jump if false, operand. */
    private static final int[][] DROP_SYN = {
        {0x30, 0, 0, 13}, // BPF_LD | BPF_B | BPF_ABS
        {0x45, 0, 1, 0x02}, // BPF_JMP | BPF_JSET: SYN
        {0x06, 0, 0, 0}, // BPF_RET: nothing of it
        {0x06, 0, 0, -1} // BPF_RET: all of it
    };

    private static final Invoker INVOKER;
    private static final MemoryIO MEMORY;

    static {
        String problem = NativeCalls.unsupportedBecause();
        if (problem != null) {
            throw new UnsupportedOperationException(problem);
        }
        INVOKER = Invoker.getInstance();
        MEMORY = MemoryIO.getInstance();
    }

    private static final Call ACCEPT4 = new Call("accept4", 4);
    private static final Call BIND = new Call("bind", 3);
    private static final Call CLOSE = new Call("close", 1);
    private static final Call CONNECT = new Call("connect", 3);
    private static final Call DUP3 = new Call("dup3", 3);
    private static final Call EPOLL_CTL = new Call("epoll_ctl", 4);
    private static final Call EXECVE = new Call("execve", 3);
    private static final Call FCNTL = new Call("fcntl", 3);
    private static final Call GETPEERNAME = new Call("getpeername", 3);
    private static final Call GETSOCKNAME = new Call("getsockname", 3);
    private static final Call GETSOCKOPT = new Call("getsockopt", 5);
    private static final Call IOCTL = new Call("ioctl", 3);
    private static final Call KILL = new Call("kill", 2);
    private static final Call LISTEN = new Call("listen", 2);
    private static final Call OPEN = new Call("open", 3);
    private static final Call PIPE2 = new Call("pipe2", 2);
    private static final Call POLL = new Call("poll", 3);
    private static final Call READ = new Call("read", 3);
    private static final Call RECVMSG = new Call("recvmsg", 3);
    private static final Call SENDMSG = new Call("sendmsg", 3);
    private static final Call SETSOCKOPT = new Call("setsockopt", 5);
    private static final Call SHUTDOWN = new Call("shutdown", 2);
    private static final Call SOCKET = new Call("socket", 3);
    private static final Call SOCKETPAIR = new Call("socketpair", 4);
    private static final Call SYSCALL = new Call("syscall", 4);
    private static final Call WAITID = new Call("waitid", 4);

    private Libc() {}

    // ---- descriptors ----

    /** Another descriptor for the same description, close-on-exec: fcntl(2) F_DUPFD_CLOEXEC. The caller closes it. */
    public static Fd duplicate(int fd) throws LibcException {
        return new Fd((int) FCNTL.check("fd " + fd, fd, F_DUPFD_CLOEXEC, 0));
    }

    /** Makes {@code target} a descriptor for what {@code source} stands for, atomically closing what it was: dup3(2). */
    public static void replace(int target, Fd source) throws LibcException {
        DUP3.check("fd " + source.number() + " to " + target, source.number(), target, O_CLOEXEC);
        Reference.reachabilityFence(source);
    }

    /** The same, but programs that this process starts inherit {@code target}: for standard input, output and error. */
    public static void replaceForChildrenToo(int target, Fd source) throws LibcException {
        DUP3.check("fd " + source.number() + " to " + target, source.number(), target, 0);
        Reference.reachabilityFence(source);
    }

    /** A pipe, close-on-exec: first the end that reads, then the end that writes: pipe2(2). The caller closes both. */
    public static Fd[] pipe() throws LibcException {
        ByteBuffer pair = struct(8);
        PIPE2.check("pipe", address(pair), O_CLOEXEC);
        Reference.reachabilityFence(pair);
        return new Fd[] {new Fd(pair.getInt(0)), new Fd(pair.getInt(4))};
    }

    /**
     * Has a pipe take so many bytes that nobody has read yet: fcntl(2) F_SETPIPE_SZ. Memory is used as it fills.
     *
     * @throws LibcException EPERM where that is more than {@code /proc/sys/fs/pipe-max-size}, or than one user's pipes may
     *     have together; then it is as it was
     */
    public static void growPipe(Fd end, int bytes) throws LibcException {
        FCNTL.check(end.toString(), end.number(), F_SETPIPE_SZ, bytes);
    }

    /**
     * Reads from a descriptor that blocks: read(2).
     *
     * @return the bytes read, 0 at the end
     */
    public static int read(Fd fd, ByteBuffer into) throws LibcException {
        ByteBuffer memory = struct(into.remaining());
        int n = (int) READ.check(fd.toString(), fd.number(), address(memory), memory.capacity());
        Reference.reachabilityFence(fd);
        into.put(memory.limit(n));
        return n;
    }

    /** Opens what reads like a file, close-on-exec: open(2). The caller closes it. */
    public static Fd openToRead(Path file) throws LibcException {
        return open(file, 0);
    }

    /**
     * Holds whatever has this name by now, be it a link, without opening it, close-on-exec: open(2) O_PATH. The caller
     * closes it.
     */
    public static Fd hold(Path file) throws LibcException {
        return open(file, O_PATH | O_NOFOLLOW);
    }

    /** Opens a file for {@link #tryLock}, or makes it with mode 0600, close-on-exec: open(2). The caller closes it. */
    public static Fd openToLock(Path file) throws LibcException {
        return open(file, O_RDWR | O_CREAT | O_NOFOLLOW);
    }

    private static Fd open(Path file, int flags) throws LibcException {
        ByteBuffer name = path(file);
        Fd fd = new Fd((int) OPEN.check(file.toString(), address(name), flags | O_CLOEXEC, 0600));
        Reference.reachabilityFence(name);
        return fd;
    }

    /**
     * Locks a file against everybody else who does so, for as long as this open file description lives, in this process
     * or another: fcntl(2) F_OFD_SETLK.
     *
     * @return whether nobody else has it
     */
    public static boolean tryLock(Fd file) throws LibcException {
        ByteBuffer flock = struct(32).putShort(0, F_WRLCK);
        try {
            FCNTL.check(file.toString(), file.number(), F_OFD_SETLK, address(flock));
            return true;
        } catch (LibcException e) {
            if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EACCES) {
                return false;
            }
            throw e;
        } finally {
            Reference.reachabilityFence(flock);
            Reference.reachabilityFence(file);
        }
    }

    /**
     * A descriptor that this program was started with, close-on-exec from now on: FD_CLOEXEC, fcntl(2). The caller closes
     * it.
     */
    public static Fd inherit(int fd) throws LibcException {
        setCloseOnExecute(fd, true);
        return new Fd(fd);
    }

    private static void setCloseOnExecute(int fd, boolean close) throws LibcException {
        long flags = FCNTL.check("fd " + fd, fd, F_GETFD, 0);
        FCNTL.check("fd " + fd, fd, F_SETFD, close ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
    }

    /** Whether this is the writing end of a pipe that nobody will ever read: POLLERR, poll(2). */
    public static boolean isWithoutReader(int fd) throws LibcException {
        ByteBuffer pollfd = struct(8).putInt(0, fd).putShort(4, (short) POLLOUT);
        POLL.check("fd " + fd, address(pollfd), 1, 0);
        Reference.reachabilityFence(pollfd);
        return (pollfd.getShort(6) & POLLERR) != 0;
    }

    /** The window of the terminal behind this descriptor: TIOCGWINSZ, ioctl_tty(2). Empty where there is none. */
    public static Optional<WindowSize> windowSize(int fd) {
        ByteBuffer winsize = struct(8);
        long result = IOCTL.once(fd, TIOCGWINSZ, address(winsize));
        Reference.reachabilityFence(winsize);
        int rows = Short.toUnsignedInt(winsize.getShort(0));
        int columns = Short.toUnsignedInt(winsize.getShort(2));
        return result < 0 || rows == 0 || columns == 0 ? Optional.empty() : Optional.of(new WindowSize(columns, rows));
    }

    static void close(int fd) {
        // Linux releases the number even when close(2) fails; repeating it could close somebody else's descriptor.
        CLOSE.once(fd);
    }

    /** Sets or clears O_NONBLOCK on the open file description, for every process that shares it: fcntl(2). */
    public static void setNonBlocking(int fd, boolean nonBlocking) throws LibcException {
        long flags = FCNTL.check("fd " + fd, fd, F_GETFL, 0);
        long wanted = nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
        if (wanted != flags) {
            FCNTL.check("fd " + fd, fd, F_SETFL, wanted);
        }
    }

    /** Whether O_NONBLOCK is set on the open file description. */
    public static boolean isNonBlocking(int fd) throws LibcException {
        return (FCNTL.check("fd " + fd, fd, F_GETFL, 0) & O_NONBLOCK) != 0;
    }

    /** Which of the two a wait is for. */
    public enum Readiness {
        READ(POLLIN),
        WRITE(POLLOUT);

        private final int events;

        Readiness(int events) {
            this.events = events;
        }
    }

    /**
     * Waits until the descriptor is ready, is hung up, or the time is over: poll(2).
     *
     * @param atMost how long; {@code null} waits until something happens
     * @return false when the time was over first
     */
    public static boolean await(Fd fd, Readiness readiness, Duration atMost) throws LibcException {
        return poll(readiness.events, atMost, fd.number()) != null;
    }

    /** Waits until a descriptor can be read, or is hung up: poll(2). */
    public static void awaitInput(int fd) throws LibcException {
        poll(POLLIN, null, fd);
    }

    /** The same, or until the time is over; false when it was first. */
    public static boolean awaitInput(int fd, Duration atMost) throws LibcException {
        return poll(POLLIN, atMost, fd) != null;
    }

    /**
     * Waits until one of two descriptors can be read, or is hung up: poll(2).
     *
     * @return whether the first one can; the second may be able to as well
     */
    public static boolean awaitEither(int first, Fd second) throws LibcException {
        return poll(POLLIN, null, first, second.number()).getShort(6) != 0;
    }

    /**
     * What poll(2) has found, or {@code null} when the time was over first. A virtual thread waits in a {@link Poller},
     * and only looks here.
     */
    private static ByteBuffer poll(int events, Duration atMost, int... fds) throws LibcException {
        ByteBuffer pollfds = struct(8 * fds.length);
        for (int i = 0; i < fds.length; i++) {
            pollfds.putInt(8 * i, fds[i]).putShort(8 * i + 4, (short) events);
        }
        boolean isVirtual = Poller.isNeeded();
        long deadline = atMost == null ? 0 : System.nanoTime() + atMost.toNanos();
        while (true) {
            long millis = atMost == null ? -1 : Math.max(0, (deadline - System.nanoTime() + 999_999) / 1_000_000);
            long n = POLL.once(address(pollfds), fds.length, isVirtual ? 0 : (int) Math.min(millis, Integer.MAX_VALUE));
            int errno = n < 0 ? errno() : 0;
            Reference.reachabilityFence(pollfds);
            if (n > 0) {
                return pollfds;
            }
            if (n == 0 && millis == 0) {
                return null;
            }
            if (n < 0 && !Errno.EINTR.is(errno)) {
                throw new LibcException("poll", "fd " + fds[0], errno);
            }
            if (isVirtual) {
                Poller.of(events).await(millis, fds);
            }
        }
    }

    /** A new epoll instance, close-on-exec: epoll_create1(2). The caller closes it. */
    static Fd epoll() throws LibcException {
        return new Fd((int) Polling.CREATE.check("epoll", O_CLOEXEC));
    }

    /** Room for so many events of {@link #epollWait}. */
    static ByteBuffer epollEvents(int most) {
        return struct(most * EPOLL_EVENT_SIZE);
    }

    /** Waits until something that an epoll instance watches is ready: epoll_wait(2); the user data of what is. */
    static long[] epollWait(Fd epoll, ByteBuffer events) throws LibcException {
        int most = events.capacity() / EPOLL_EVENT_SIZE;
        long[] data = new long[(int) Polling.WAIT.check(epoll.toString(), epoll.number(), address(events), most, -1)];
        for (int i = 0; i < data.length; i++) {
            data[i] = events.getLong(i * EPOLL_EVENT_SIZE + EPOLL_EVENT_DATA);
        }
        Reference.reachabilityFence(events);
        return data;
    }

    /** Apart, for a worker without virtual threads has no need to look them up. */
    private static final class Polling {
        static final Call CREATE = new Call("epoll_create1", 1);
        static final Call WAIT = new Call("epoll_wait", 4);

        private Polling() {}
    }

    /**
     * Stops an epoll instance from watching a descriptor: epoll_ctl(2) EPOLL_CTL_DEL.
     *
     * @return false if it did not watch it, or is closed
     */
    public static boolean epollDelete(int epoll, int fd) throws LibcException {
        return epollControl("delete " + fd + " from " + epoll, epoll, EPOLL_CTL_DEL, fd, NOTHING);
    }

    /**
     * Lets an epoll instance watch a descriptor with these events and this user data: epoll_ctl(2) EPOLL_CTL_ADD.
     *
     * @return false if it watches it already, or is closed
     */
    public static boolean epollAdd(int epoll, int fd, int events, long data) throws LibcException {
        ByteBuffer event = struct(16).putInt(0, events).putLong(EPOLL_EVENT_DATA, data);
        return epollControl("add " + fd + " to " + epoll, epoll, EPOLL_CTL_ADD, fd, event);
    }

    /**
     * Lets an epoll instance watch a descriptor, or fire once more if it watches it already: epoll_ctl(2)
     * EPOLL_CTL_MOD, else EPOLL_CTL_ADD.
     */
    public static void epollArm(int epoll, int fd, int events, long data) throws LibcException {
        ByteBuffer event = struct(16).putInt(0, events).putLong(EPOLL_EVENT_DATA, data);
        if (!epollControl("arm " + fd + " in " + epoll, epoll, EPOLL_CTL_MOD, fd, event)) {
            epollAdd(epoll, fd, events, data);
        }
    }

    private static boolean epollControl(String what, int epoll, int operation, int fd, ByteBuffer event)
            throws LibcException {
        try {
            EPOLL_CTL.check(what, epoll, operation, fd, address(event));
            return true;
        } catch (LibcException e) {
            switch (e.errno()) {
                case EEXIST, ENOENT, EBADF, EINVAL -> {
                    return false;
                }
                default -> throw e;
            }
        } finally {
            Reference.reachabilityFence(event);
        }
    }

    // ---- sockets ----

    /**
     * Binds and listens: socket(2), bind(2), listen(2). The listener is close-on-exec and, for ever, O_NONBLOCK: a
     * program that accepts in blocking mode then waits in poll(2), and cannot be stuck inside accept(2).
     *
     * @param backlog how many connections may wait; the kernel caps it at net.core.somaxconn
     */
    public static Fd listen(ListenAddress.Bindable address, int backlog) throws LibcException {
        ByteBuffer name = address.socketName();
        int family = name.getShort(0);
        Fd fd = socket(family);
        try {
            if (family != AF_UNIX) {
                setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1, address.text());
            }
            if (family == AF_INET6) {
                setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.isDualStack() ? 0 : 1, address.text());
            }
            BIND.check(address.text(), fd.number(), address(name), name.remaining());
            LISTEN.check(address.text(), fd.number(), backlog);
            return fd;
        } catch (LibcException | RuntimeException e) {
            fd.close();
            throw e;
        } finally {
            Reference.reachabilityFence(name);
        }
    }

    /** Changes how many connections may wait: listen(2) on a socket that listens already, whoever else holds it. */
    public static void changeBacklog(Fd listener, int backlog) throws LibcException {
        LISTEN.check(listener.toString(), listener.number(), backlog);
    }

    /** The next waiting connection, close-on-exec and O_NONBLOCK, or empty when none waits: accept4(2). */
    public static Optional<Fd> accept(Fd listener) throws LibcException {
        while (true) {
            long n = ACCEPT4.once(listener.number(), 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (n >= 0) {
                return Optional.of(new Fd((int) n));
            }
            int errno = errno();
            if (Errno.EAGAIN.is(errno)) {
                return Optional.empty();
            }
            if (!Errno.EINTR.is(errno)) {
                throw new LibcException("accept", listener.toString(), errno);
            }
        }
    }

    /** A connection to a unix stream socket, O_NONBLOCK from now on: connect(2). */
    public static Fd connect(Path path) throws LibcException {
        ByteBuffer name = SocketNames.unix(path);
        Fd fd = new Fd((int) SOCKET.check("unix", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        try {
            CONNECT.check(path.toString(), fd.number(), address(name), name.remaining());
            setNonBlocking(fd.number(), true);
            return fd;
        } catch (LibcException | RuntimeException e) {
            fd.close();
            throw e;
        } finally {
            Reference.reachabilityFence(name);
        }
    }

    /** Two connected unix stream sockets, close-on-exec and O_NONBLOCK: socketpair(2). The caller closes both. */
    public static Fd[] socketPair() throws LibcException {
        ByteBuffer pair = struct(8);
        SOCKETPAIR.check("unix", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, address(pair));
        Reference.reachabilityFence(pair);
        return new Fd[] {new Fd(pair.getInt(0)), new Fd(pair.getInt(4))};
    }

    /**
     * A unix socket that takes datagrams and tells who has sent them, SO_PASSCRED, close-on-exec: bind(2). The caller
     * closes it, and removes the file.
     */
    public static Fd datagrams(Path path) throws LibcException {
        ByteBuffer name = SocketNames.unix(path);
        Fd fd = new Fd((int) SOCKET.check("unix", AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        try {
            setOption(fd, SOL_SOCKET, SO_PASSCRED, 1, path.toString()); // before anybody can send
            BIND.check(path.toString(), fd.number(), address(name), name.remaining());
            return fd;
        } catch (LibcException | RuntimeException e) {
            fd.close();
            throw e;
        } finally {
            Reference.reachabilityFence(name);
        }
    }

    /** Ends the sending direction of a connection of our own: shutdown(2). */
    static void shutdownOutput(Fd fd) {
        SHUTDOWN.once(fd.number(), SHUT_WR);
    }

    /** Ends both directions for every holder of the socket: shutdown(2). Never for a listener on which anybody accepts. */
    public static void shutdown(Fd fd) {
        SHUTDOWN.once(fd.number(), SHUT_RDWR);
    }

    /**
     * Has the kernel drop each SYN that comes for a listening TCP socket, whoever holds it: no connection begins there
     * any more, while those that have begun come into the queue and are accepted. Who is dropped tries again after a
     * second: SO_ATTACH_FILTER in socket(7), RFC 6298.
     */
    public static void dropNewConnections(Fd listener) throws LibcException {
        ByteBuffer filter = struct(DROP_SYN.length * 8);
        for (int[] instruction : DROP_SYN) {
            filter.putShort((short) instruction[0]).put((byte) instruction[1]).put((byte) instruction[2]);
            filter.putInt(instruction[3]);
        }
        ByteBuffer program = struct(16).putShort(0, (short) DROP_SYN.length).putLong(8, address(filter));
        SETSOCKOPT.check(listener.toString(), listener.number(), SOL_SOCKET, SO_ATTACH_FILTER, address(program), 16);
        Reference.reachabilityFence(filter);
        Reference.reachabilityFence(program);
    }

    /** Undoes {@link #dropNewConnections}, where it was done. */
    public static void takeNewConnections(Fd listener) throws LibcException {
        ByteBuffer nothing = struct(4);
        long n = SETSOCKOPT.once(listener.number(), SOL_SOCKET, SO_DETACH_FILTER, address(nothing), 4);
        int errno = n < 0 ? errno() : 0;
        Reference.reachabilityFence(nothing);
        if (n < 0 && !Errno.ENOENT.is(errno)) {
            throw new LibcException("setsockopt SO_DETACH_FILTER", listener.toString(), errno);
        }
    }

    /** Who is at the other end of a unix socket: SO_PEERCRED. */
    public static Credentials peer(Fd fd) throws LibcException {
        ByteBuffer ucred = option(fd.number(), SOL_SOCKET, SO_PEERCRED, 12);
        if (ucred == null) {
            throw new LibcException("getsockopt SO_PEERCRED", fd.toString(), errno());
        }
        return new Credentials(ucred.getInt(0), ucred.getInt(4), ucred.getInt(8));
    }

    /** The kernel's own number of the socket, never used twice (SO_COOKIE), or 0 where the descriptor is no socket. */
    public static long socketCookie(int fd) {
        ByteBuffer cookie = option(fd, SOL_SOCKET, SO_COOKIE, 8);
        return cookie == null ? 0 : cookie.getLong(0);
    }

    /** Whether the descriptor is a listening socket: SO_ACCEPTCONN. */
    public static boolean isListening(int fd) {
        ByteBuffer value = option(fd, SOL_SOCKET, SO_ACCEPTCONN, 4);
        return value != null && value.getInt(0) == 1;
    }

    /** Whether other sockets may be bound where this one is: SO_REUSEPORT. */
    public static boolean sharesItsPort(int fd) {
        ByteBuffer value = option(fd, SOL_SOCKET, SO_REUSEPORT, 4);
        return value != null && value.getInt(0) != 0;
    }

    /**
     * Whether a stream socket has a peer, and its own side has not been shut: of TCP by its state, {@code tcpi_state} in
     * TCP_INFO, tcp(7); of others whether it does not listen. For a socket that has a name.
     */
    public static boolean isConnected(int fd) {
        ByteBuffer info = option(fd, IPPROTO_TCP, TCP_INFO, TCP_INFO_STATE + 1);
        if (info == null) {
            return isStream(fd) && !isListening(fd);
        }
        int state = info.get(TCP_INFO_STATE);
        return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
    }

    /** Whether the descriptor is a stream socket: SO_TYPE. */
    public static boolean isStream(int fd) {
        ByteBuffer type = option(fd, SOL_SOCKET, SO_TYPE, 4);
        return type != null && type.getInt(0) == SOCK_STREAM;
    }

    /** Whether the descriptor is a socket of IPv4 alone: SO_DOMAIN. */
    public static boolean isInet4(int fd) {
        ByteBuffer domain = option(fd, SOL_SOCKET, SO_DOMAIN, 4);
        return domain != null && domain.getInt(0) == AF_INET;
    }

    /**
     * Whether a connection has nothing under way: nothing to be read, and of TCP also nothing that its client has not
     * acknowledged, nothing heard after what was said last, and nothing heard or said for so long, nor for twice as long
     * as what was said last came after what was heard last: who answers in pieces goes on, most likely, about as slowly.
     * TCP_INFO, tcp(7). A descriptor that is no socket any more is quiet.
     */
    public static boolean isQuiet(int fd, Duration atLeast) {
        ByteBuffer info = option(fd, IPPROTO_TCP, TCP_INFO, TCP_INFO_SIZE);
        if (info != null) {
            long sent = Integer.toUnsignedLong(info.getInt(TCP_INFO_LAST_SENT));
            long received = Integer.toUnsignedLong(info.getInt(TCP_INFO_LAST_RECEIVED));
            boolean answered = info.getLong(TCP_INFO_BYTES_RECEIVED) == 0 || sent <= received;
            if (!answered
                    || !isAcknowledged(info)
                    || Math.min(sent, received) < Math.max(atLeast.toMillis(), 2 * (received - sent))) {
                return false;
            }
        }
        return !isReadable(fd);
    }

    /**
     * Whether nothing has been heard of a connection for so long, nothing is to be read, and all that was said to it has
     * been acknowledged, whoever had the last word. TCP_INFO, tcp(7). A descriptor that is no socket any more is silent.
     */
    public static boolean isSilent(int fd, Duration atLeast) {
        ByteBuffer info = option(fd, IPPROTO_TCP, TCP_INFO, TCP_INFO_SIZE);
        if (info != null
                && (!isAcknowledged(info)
                        || Integer.toUnsignedLong(info.getInt(TCP_INFO_LAST_RECEIVED)) < atLeast.toMillis())) {
            return false;
        }
        return !isReadable(fd);
    }

    private static boolean isAcknowledged(ByteBuffer info) {
        return info.getInt(TCP_INFO_UNACKED) == 0 && info.getInt(TCP_INFO_NOT_SENT) == 0;
    }

    private static boolean isReadable(int fd) {
        ByteBuffer pollfd =
                SCRATCH.get().clear().putInt(0, fd).putShort(4, (short) POLLIN).putShort(6, (short) 0);
        long n = POLL.once(address(pollfd), 1, 0);
        Reference.reachabilityFence(pollfd);
        return n > 0 && (pollfd.getShort(6) & POLLIN) != 0;
    }

    /**
     * How many connections wait to be accepted at a TCP listener: of a listening socket, {@code tcpi_unacked} in
     * TCP_INFO is that, tcp(7). 0 for what is none.
     */
    public static int queued(Fd listener) {
        ByteBuffer info = option(listener.number(), IPPROTO_TCP, TCP_INFO, TCP_INFO_UNACKED + 4);
        return info == null ? 0 : info.getInt(TCP_INFO_UNACKED);
    }

    /** What a socket is bound to: getsockname(2). Empty for a descriptor that is none, or an unnamed one. */
    public static Optional<SocketAddress> localAddress(int fd) {
        return socketAddress(GETSOCKNAME, fd);
    }

    /** Whom a socket is connected to: getpeername(2). Empty for a descriptor that is none, or an unnamed peer. */
    public static Optional<SocketAddress> remoteAddress(int fd) {
        return socketAddress(GETPEERNAME, fd);
    }

    /** {@link #localAddress} of an internet socket. */
    public static Optional<InetSocketAddress> localInetAddress(int fd) {
        return localAddress(fd).filter(InetSocketAddress.class::isInstance).map(InetSocketAddress.class::cast);
    }

    private static Optional<SocketAddress> socketAddress(Call call, int fd) {
        ByteBuffer scratch = SCRATCH.get().clear();
        ByteBuffer name = scratch.slice(0, 128).order(ByteOrder.nativeOrder());
        scratch.putInt(128, 128);
        long base = address(scratch);
        long n = call.once(fd, base, base + 128);
        Reference.reachabilityFence(scratch);
        return n < 0 ? Optional.empty() : SocketNames.parse(name.limit(Math.min(scratch.getInt(128), 128)));
    }

    /** The number that the next descriptor of this process will most likely have: the lowest that is free, open(2). */
    public static int likelyNextDescriptor(Fd any) throws LibcException {
        try (Fd lowest = duplicate(any.number())) {
            return lowest.number();
        }
    }

    private static Fd socket(int family) throws LibcException {
        String what = family == AF_INET ? "inet" : family == AF_INET6 ? "inet6" : "unix";
        return new Fd((int) SOCKET.check(what, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    }

    private static void setOption(Fd fd, int level, int option, int value, String object) throws LibcException {
        ByteBuffer memory = struct(4).putInt(0, value);
        SETSOCKOPT.check(object, fd.number(), level, option, address(memory), 4);
        Reference.reachabilityFence(memory);
    }

    private static ByteBuffer option(int fd, int level, int option, int size) {
        ByteBuffer scratch = SCRATCH.get().clear();
        scratch.putLong(0, 0).putInt(SCRATCH_LENGTH, size);
        long base = address(scratch);
        long n = GETSOCKOPT.once(fd, level, option, base, base + SCRATCH_LENGTH);
        Reference.reachabilityFence(scratch);
        return n < 0 ? null : scratch;
    }

    // ---- messages with descriptors ----

    /**
     * sendmsg(2) with MSG_NOSIGNAL.
     *
     * @return the bytes sent, or -1 when the socket is full for now
     */
    static int send(Fd socket, MessageHeader header) throws LibcException {
        return transfer(SENDMSG, socket, header, MSG_NOSIGNAL);
    }

    /**
     * recvmsg(2) with MSG_CMSG_CLOEXEC.
     *
     * @return the bytes received, 0 at the end of the stream, or -1 when nothing is there for now
     */
    static int receive(Fd socket, MessageHeader header) throws LibcException {
        return transfer(RECVMSG, socket, header, MSG_CMSG_CLOEXEC);
    }

    /**
     * The next datagram, which is there: recvmsg(2). What is longer than the room is cut; descriptors that come along
     * are closed.
     *
     * @return who has sent it, as the kernel says; empty where the socket does not ask for that
     */
    public static Optional<Credentials> receiveDatagram(Fd socket, ByteBuffer into) throws LibcException {
        ByteBuffer memory = struct(into.remaining());
        MessageHeader header = MessageHeader.forCredentials(memory);
        header.prepareToReceive();
        int n = receive(socket, header);
        into.put(memory.limit(Math.max(0, n)));
        return header.sender();
    }

    private static int transfer(Call call, Fd socket, MessageHeader header, int flags) throws LibcException {
        try {
            while (true) {
                long n = call.once(socket.number(), header.address(), flags);
                if (n >= 0) {
                    return (int) n;
                }
                int errno = errno();
                if (Errno.EAGAIN.is(errno)) {
                    return -1;
                }
                if (!Errno.EINTR.is(errno)) {
                    throw new LibcException(call.name, socket.toString(), errno);
                }
            }
        } finally {
            Reference.reachabilityFence(header);
        }
    }

    /**
     * Sends one datagram to a unix socket, as sd_notify(3) does: socket(2), connect(2), sendmsg(2).
     *
     * @param address the socket's path, or behind an {@code @} its abstract name
     * @param fds go with it, and stay the caller's
     * @param atMost how long a receiver may keep us waiting whose queue is full
     * @return false when it did
     */
    public static boolean sendDatagram(String address, byte[] text, List<Fd> fds, Duration atMost)
            throws LibcException {
        ByteBuffer name = address.startsWith("@")
                ? SocketNames.abstractUnix(address.substring(1))
                : SocketNames.unix(Path.of(address));
        MessageHeader header = new MessageHeader(struct(text.length).put(text).rewind(), fds.size());
        header.prepareToSend(fds);
        try (Fd socket = new Fd((int) SOCKET.check("unix", AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))) {
            CONNECT.check(address, socket.number(), address(name), name.remaining());
            long deadline = System.nanoTime() + atMost.toNanos();
            while (send(socket, header) < 0) {
                Duration left = Duration.ofNanos(deadline - System.nanoTime());
                if (left.isNegative() || !await(socket, Readiness.WRITE, left)) {
                    return false;
                }
            }
            return true;
        } finally {
            Reference.reachabilityFence(List.of(name, fds));
        }
    }

    // ---- processes ----

    /**
     * Sends a signal to a process, or with a negative pid to a process group: kill(2).
     *
     * @return false where there is no such process any more
     */
    public static boolean kill(int pid, int signal) throws LibcException {
        return reaches(KILL, "pid " + pid + " with signal " + signal, pid, signal);
    }

    /** @return false where there is nobody whom the call could be about */
    private static boolean reaches(Call call, String object, long... arguments) throws LibcException {
        if (call.once(arguments) == 0) {
            return true;
        }
        int errno = errno();
        if (Errno.ESRCH.is(errno)) {
            return false;
        }
        throw new LibcException(call.name, object, errno);
    }

    /**
     * Sets the nice value of every thread of a process group: setpriority(2).
     *
     * @return false where there is no such group any more
     */
    public static boolean setNice(int group, int nice) throws LibcException {
        return reaches(Niceness.SET, "process group " + group + " to " + nice, Niceness.GROUP, group, nice);
    }

    /** Sets the nice value of the calling thread, and of those that it starts from now on: setpriority(2). */
    public static void setNice(int nice) throws LibcException {
        Niceness.SET.check("calling thread to " + nice, Niceness.THREAD, Niceness.CALLING, nice);
    }

    /**
     * Whether a nice value that was raised may be put back, for which it takes {@code RLIMIT_NICE}, getrlimit(2), or
     * {@code CAP_SYS_NICE}. It is tried, by a thread of its own: where it may not, that is the last one to know.
     */
    public static boolean mayPutNiceBack() {
        return CompletableFuture.supplyAsync(Niceness::isPutBack, trial -> new Thread(trial, "baton-nice").start())
                .join();
    }

    /**
     * How long a thread has the processor before others that wait for it: {@code sched_runtime} of an ordinary thread,
     * sched_getattr(2).
     *
     * @param thread by its kernel id; 0 is the calling one
     * @return in nanoseconds; empty where the kernel has one length for all, as before Linux 6.12, and for a thread of
     *     another policy than {@code SCHED_OTHER}
     */
    public static OptionalLong timeSlice(int thread) throws LibcException {
        return Scheduling.slice(Scheduling.attributes(thread));
    }

    /**
     * Sets the {@link #timeSlice} of the calling thread, which the processes and threads inherit that it starts from now
     * on: sched_setattr(2). All else stays as it is; the share of a processor does not change by it.
     *
     * @param nanos 100 microseconds to 100 milliseconds; the kernel takes the nearest to it
     * @return what it was; empty where {@link #timeSlice} is, and nothing has been set
     */
    public static OptionalLong setTimeSlice(long nanos) throws LibcException {
        ByteBuffer attributes = Scheduling.attributes(Scheduling.CALLING);
        OptionalLong before = Scheduling.slice(attributes);
        if (before.isPresent()) {
            attributes.putLong(Scheduling.RUNTIME, nanos);
            SYSCALL.check(
                    "a time slice of " + nanos + " ns",
                    Scheduling.SET_NUMBER,
                    Scheduling.CALLING,
                    address(attributes),
                    0);
            Reference.reachabilityFence(attributes);
        }
        return before;
    }

    /**
     * Lets go of the pages of a file that are mapped here, until they are touched again: madvise(2) MADV_DONTNEED. They
     * stay in the kernel's cache, from where touching them takes a page fault and no reading.
     *
     * <p>What this process has written there is lost for good: only for a mapping that nobody has ever written to, and
     * that stays where it is.
     *
     * @param address where the mapping begins, proc_pid_maps(5)
     * @param length in bytes
     */
    public static void letGoOfPages(long address, long length) throws LibcException {
        if (SYSCALL.once(MADVISE_NUMBER, address, length, MADV_DONTNEED) < 0) {
            throw new LibcException("madvise", "the mapping at " + Long.toHexString(address), errno());
        }
    }

    /**
     * Gives back to the kernel what the C library has kept of freed memory, for whoever allocates next: malloc_trim(3). A
     * compiler of the JVM leaves some megabytes behind.
     */
    public static void trimHeap() {
        Heap.TRIM.once(0);
    }

    /** Apart, for a worker has no need to look it up. */
    private static final class Heap {
        static final Call TRIM = new Call("malloc_trim", 1);

        private Heap() {}
    }

    /** {@code struct sched_attr} as it began, sched_setattr(2), and what reads it, which a worker has no need to look up. */
    private static final class Scheduling {
        static final int CALLING = 0;
        static final int RUNTIME = 24;
        static final int SET_NUMBER = IS_AMD64 ? 314 : 274;
        private static final int GET_NUMBER = IS_AMD64 ? 315 : 275;
        private static final Call GET = new Call("syscall", 5);
        private static final int SIZE = 48;
        private static final int POLICY = 4;
        private static final int SCHED_OTHER = 0;

        private Scheduling() {}

        static ByteBuffer attributes(int thread) throws LibcException {
            ByteBuffer attributes = struct(SIZE);
            GET.check("thread " + thread, GET_NUMBER, thread, address(attributes), SIZE, 0);
            return attributes;
        }

        static OptionalLong slice(ByteBuffer attributes) {
            long nanos = attributes.getLong(RUNTIME);
            return attributes.getInt(POLICY) == SCHED_OTHER && nanos > 0
                    ? OptionalLong.of(nanos)
                    : OptionalLong.empty();
        }
    }

    /** setpriority(2) and getpriority(2), which a worker has no need to look up. */
    private static final class Niceness {
        static final int GROUP = 1;
        static final Call SET = new Call("setpriority", 3);
        static final int THREAD = 0;
        static final int CALLING = 0;
        private static final Call GET = new Call("getpriority", 2);

        private Niceness() {}

        static boolean isPutBack() {
            int nice = (int) GET.once(THREAD, CALLING); // of glibc: -1 is a value like any other
            return SET.once(THREAD, CALLING, nice + 1) == 0 && SET.once(THREAD, CALLING, nice) == 0;
        }
    }

    /**
     * A descriptor that stands for a process, whatever happens to its number, and can be read once it has ended:
     * pidfd_open(2). The caller closes it.
     *
     * @return empty where there is no such process
     */
    public static Optional<Fd> openProcess(int pid) throws LibcException {
        long n = SYSCALL.once(PIDFD_OPEN_NUMBER, pid, 0, 0);
        if (n >= 0) {
            return Optional.of(new Fd((int) n));
        }
        int errno = errno();
        if (Errno.ESRCH.is(errno)) {
            return Optional.empty();
        }
        throw new LibcException("pidfd_open", "pid " + pid, errno);
    }

    /**
     * Reaps a process that has ended, and says how: waitid(2).
     *
     * @return as {@link Process#exitValue} has it; empty where the process is no child of this one, or lives
     */
    public static OptionalInt reap(Fd process) throws LibcException {
        ByteBuffer info = struct(128);
        try {
            WAITID.check(process.toString(), P_PIDFD, process.number(), address(info), WEXITED | WNOHANG);
        } catch (LibcException e) {
            if (e.errno() == Errno.ECHILD) {
                return OptionalInt.empty();
            }
            throw e;
        } finally {
            Reference.reachabilityFence(info);
        }
        if (info.getInt(16) == 0) {
            return OptionalInt.empty(); // si_pid: nothing to wait for yet
        }
        int status = info.getInt(24);
        return OptionalInt.of(info.getInt(8) == CLD_EXITED ? status : 128 + status);
    }

    /**
     * Becomes another program: execve(2). The process stays, with its children and descriptors 0, 1 and 2; all else is
     * gone, this thread included.
     *
     * <p>Other threads open descriptors meanwhile, and not all of them close-on-exec: accept(2) in the JDK, and the JVM
     * where it reads its cgroup's files. So it is done by a thread of its own with descriptors of its own,
     * close_range(2) CLOSE_RANGE_UNSHARE: what is opened or marked elsewhere is none of the new program's.
     *
     * @param arguments like the environment's {@code NAME=VALUE} bytes as characters, ISO 8859-1: they are the kernel's,
     *     not ours to understand
     * @param kept the descriptors that the new program has besides
     * @throws LibcException if that cannot be, as before Linux 5.11; then nothing has happened
     */
    public static void execute(Path program, List<String> arguments, List<String> environment, Set<Integer> kept)
            throws LibcException {
        throw CompletableFuture.supplyAsync(
                        () -> whyNotExecuted(program, arguments, environment, kept),
                        task -> new Thread(task, "baton-execute").start())
                .join();
    }

    private static LibcException whyNotExecuted(
            Path program, List<String> arguments, List<String> environment, Set<Integer> kept) {
        List<ByteBuffer> memory = new ArrayList<>();
        ByteBuffer file = path(program);
        ByteBuffer argv = vector(arguments, memory);
        ByteBuffer envp = vector(environment, memory);
        try {
            closeOnExecute(3, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC);
            for (int fd : kept) {
                setCloseOnExecute(fd, false);
            }
            EXECVE.check(program.toString(), address(file), address(argv), address(envp));
            throw new IllegalStateException("execve " + program + " has returned");
        } catch (LibcException e) {
            return e;
        } finally {
            Reference.reachabilityFence(List.of(file, argv, envp, memory));
        }
    }

    /**
     * Whether {@link #execute} can be: close_range(2) with CLOSE_RANGE_CLOEXEC, of Linux 5.11.
     *
     * @throws LibcException why not
     */
    public static void requireExecute() throws LibcException {
        closeOnExecute(LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC);
    }

    private static void closeOnExecute(int first, int flags) throws LibcException {
        if (SYSCALL.once(CLOSE_RANGE_NUMBER, first, LAST_DESCRIPTOR, flags) < 0) {
            throw new LibcException("close_range", "from fd " + first, errno());
        }
    }

    /** Whether this libc is new enough for {@link #spawn}: glibc 2.34. */
    public static boolean canSpawn() {
        return has(Spawning.CLOSE_FROM);
    }

    static boolean has(String function) {
        return Library.getDefault().getSymbolAddress(function) != 0;
    }

    /**
     * Starts a program as the leader of a session of its own, with /dev/null as its standard input, with these
     * descriptors and no other, and with no signal blocked or ignored: posix_spawn(3).
     *
     * <p>Standard output and error are pipes that the child opens for both directions: it cannot then be ended by
     * SIGPIPE because whoever reads there has died; the next one opens them anew.
     *
     * @param arguments like the environment's {@code NAME=VALUE} and the directory bytes as characters, ISO 8859-1
     * @param directory {@code null}: this process's own
     * @param stdout the pipe's end that writes
     * @param passed what becomes the child's descriptors 3, 4, 5 and so on
     * @return its pid; it is a child of this process, to be reaped
     */
    public static int spawn(
            Path program,
            List<String> arguments,
            List<String> environment,
            String directory,
            Fd stdout,
            Fd stderr,
            List<Fd> passed)
            throws LibcException {
        return Spawning.spawn(program, arguments, environment, directory, stdout, stderr, passed);
    }

    /**
     * Another process's descriptor, close-on-exec: pidfd_getfd(2). It takes the right to trace that process, ptrace(2).
     * The caller closes it.
     *
     * @return empty where that process has no descriptor of this number, or is gone
     */
    public static Optional<Fd> descriptorOf(Fd process, int number) throws LibcException {
        long n = SYSCALL.once(PIDFD_GETFD_NUMBER, process.number(), number, 0);
        if (n >= 0) {
            return Optional.of(new Fd((int) n));
        }
        int errno = errno();
        if (Errno.EBADF.is(errno) || Errno.ESRCH.is(errno)) {
            return Optional.empty();
        }
        throw new LibcException("pidfd_getfd", process + " for descriptor " + number, errno);
    }

    private static ByteBuffer vector(List<String> texts, List<ByteBuffer> memory) {
        ByteBuffer vector = struct((texts.size() + 1) * Long.BYTES);
        for (int i = 0; i < texts.size(); i++) {
            ByteBuffer text = text(texts.get(i));
            memory.add(text);
            vector.putLong(i * Long.BYTES, address(text));
        }
        return vector;
    }

    private static ByteBuffer text(String text) {
        return zeroEnded(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static ByteBuffer path(Path path) {
        return zeroEnded(path.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer zeroEnded(byte[] bytes) {
        return struct(bytes.length + 1).put(bytes).rewind();
    }

    private static final int CLOSE_RANGE_NUMBER = 436; // on every architecture
    private static final int CLOSE_RANGE_UNSHARE = 2;
    private static final int CLOSE_RANGE_CLOEXEC = 4;
    private static final int LAST_DESCRIPTOR = Integer.MAX_VALUE;

    private static final int PIDFD_OPEN_NUMBER = 434; // on every architecture
    private static final int PIDFD_GETFD_NUMBER = 438; // on every architecture

    /** The number of the system call in which the JDK's threads wait for one descriptor: poll(2), or ppoll(2). */
    public static final int POLL_NUMBER = IS_AMD64 ? 7 : 73;

    /**
     * The number under which the kernel goes on with such a call after the process was stopped and continued, the
     * arguments being the same: restart_syscall(2).
     */
    public static final int RESTART_NUMBER = IS_AMD64 ? 219 : 128;

    /** The number of accept(2). */
    public static final int ACCEPT_NUMBER = IS_AMD64 ? 43 : 202;

    private static final int MADVISE_NUMBER = IS_AMD64 ? 28 : 233;
    private static final int MADV_DONTNEED = 4;

    private static final int TGKILL_NUMBER = IS_AMD64 ? 234 : 131;

    /**
     * The signal with which the JDK wakes its own threads from system calls: SIGRTMAX - 2. Where the JDK has not
     * installed its handler for it, it would end the process.
     */
    public static final int WAKE_SIGNAL = 62;

    /** Makes a thread of this process, by its kernel id, return from the system call that it waits in: tgkill(2). */
    public static void wakeThread(int thread) throws LibcException {
        int pid = (int) ProcessHandle.current().pid();
        if (SYSCALL.once(TGKILL_NUMBER, pid, thread, WAKE_SIGNAL) < 0) {
            int errno = errno();
            if (!Errno.ESRCH.is(errno)) {
                throw new LibcException("tgkill", "thread " + thread, errno);
            }
        }
    }

    /** Lets a signal do what it does by default, also where it was ignored when this program began: sigaction(2). */
    public static void restoreSignal(int signal) throws LibcException {
        ByteBuffer byDefault = struct(256); // SIG_DFL, no flags and an empty mask are zeros; 152 bytes in glibc
        Signals.ACTION.check("signal " + signal, signal, address(byDefault), 0);
        Reference.reachabilityFence(byDefault);
    }

    /** Apart, for a worker has no need to look it up. */
    private static final class Signals {
        static final Call ACTION = new Call("sigaction", 3);

        private Signals() {}
    }

    /** posix_spawn(3) and its structures, whose calls a worker has no need to look up. */
    private static final class Spawning {
        private static final int ACTIONS_SIZE = 128; // 80 in glibc
        private static final int ATTRIBUTES_SIZE = 512; // 336 in glibc
        private static final int SETSIGDEF = 0x04;
        private static final int SETSIGMASK = 0x08;
        private static final int SETSID = 0x80;
        private static final int FIRST_PASSED = 3;

        private static final Call POSIX_SPAWN = new Call("posix_spawn", 6);
        private static final Call ACTIONS_INIT = new Call("posix_spawn_file_actions_init", 1);
        private static final Call ACTIONS_DESTROY = new Call("posix_spawn_file_actions_destroy", 1);
        private static final Call ADD_OPEN = new Call("posix_spawn_file_actions_addopen", 5);
        private static final Call ADD_DUP2 = new Call("posix_spawn_file_actions_adddup2", 3);
        private static final Call ADD_CHDIR = new Call("posix_spawn_file_actions_addchdir_np", 2);
        /** Of glibc 2.34. */
        private static final String CLOSE_FROM = "posix_spawn_file_actions_addclosefrom_np";

        private static final Call ADD_CLOSE_FROM = new Call(CLOSE_FROM, 2);

        private static final Call ATTRIBUTES_INIT = new Call("posix_spawnattr_init", 1);
        private static final Call SET_FLAGS = new Call("posix_spawnattr_setflags", 2);
        private static final Call SET_DEFAULT = new Call("posix_spawnattr_setsigdefault", 2);
        private static final int SIGNAL_SET_SIZE = 128;

        private Spawning() {}

        static int spawn(
                Path program,
                List<String> arguments,
                List<String> environment,
                String directory,
                Fd stdout,
                Fd stderr,
                List<Fd> passed)
                throws LibcException {
            String what = program.toString();
            List<ByteBuffer> memory = new ArrayList<>();
            ByteBuffer pid = struct(8);
            ByteBuffer file = path(program);
            ByteBuffer argv = vector(arguments, memory);
            ByteBuffer envp = vector(environment, memory);
            ByteBuffer attributes = struct(ATTRIBUTES_SIZE);
            ByteBuffer actions = struct(ACTIONS_SIZE);
            // The mask of signals in it is empty. Nothing of it is to be freed.
            require(ATTRIBUTES_INIT, what, address(attributes));
            require(SET_FLAGS, what, address(attributes), SETSIGMASK | SETSIGDEF | SETSID);
            ByteBuffer every = struct(SIGNAL_SET_SIZE).putLong(0, -1); // the kernel knows 64
            memory.add(every);
            require(SET_DEFAULT, what, address(attributes), address(every));
            require(ACTIONS_INIT, what, address(actions));
            try {
                open(actions, 0, "/dev/null", memory);
                open(actions, 1, "/proc/self/fd/" + stdout.number(), memory);
                open(actions, 2, "/proc/self/fd/" + stderr.number(), memory);
                pass(actions, passed);
                require(ADD_CLOSE_FROM, what, address(actions), FIRST_PASSED + passed.size());
                if (directory != null) {
                    memory.add(text(directory));
                    require(ADD_CHDIR, what, address(actions), address(memory.get(memory.size() - 1)));
                }
                require(
                        POSIX_SPAWN,
                        what,
                        address(pid),
                        address(file),
                        address(actions),
                        address(attributes),
                        address(argv),
                        address(envp));
                return pid.getInt(0);
            } finally {
                ACTIONS_DESTROY.once(address(actions));
                Reference.reachabilityFence(
                        List.of(pid, file, argv, envp, memory, attributes, actions, stdout, stderr, passed));
            }
        }

        private static void open(ByteBuffer actions, int target, String path, List<ByteBuffer> memory)
                throws LibcException {
            ByteBuffer name = text(path);
            memory.add(name);
            require(ADD_OPEN, path, address(actions), target, address(name), O_RDWR, 0);
        }

        /** By way of numbers beyond all that are passed: one may have the number that another is to get. */
        private static void pass(ByteBuffer actions, List<Fd> passed) throws LibcException {
            int beyond = FIRST_PASSED + passed.size();
            for (Fd fd : passed) {
                beyond = Math.max(beyond, fd.number() + 1);
            }
            for (int i = 0; i < passed.size(); i++) {
                int source = passed.get(i).number();
                require(ADD_DUP2, "fd " + source, address(actions), source, beyond + i);
            }
            for (int i = 0; i < passed.size(); i++) {
                require(ADD_DUP2, "fd " + (beyond + i), address(actions), beyond + i, FIRST_PASSED + i);
            }
        }

        /** These say what was wrong by their result, and not by errno. */
        private static void require(Call call, String object, long... arguments) throws LibcException {
            int error = (int) call.once(arguments);
            if (error != 0) {
                throw new LibcException(call.name, object, error);
            }
        }
    }

    // ---- how a call is made ----

    private static final ByteBuffer NOTHING = struct(16);

    /** For calls that look at thousands of descriptors in a row: a direct buffer each would cost more than the call. */
    private static final ThreadLocal<ByteBuffer> SCRATCH = ThreadLocal.withInitial(() -> struct(256));

    /** Where in it the length of an option stands, behind the longest. */
    private static final int SCRATCH_LENGTH = 248;

    static ByteBuffer struct(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    static long address(ByteBuffer direct) {
        return MEMORY.getDirectBufferAddress(direct);
    }

    private static int errno() {
        return LastError.getInstance().get();
    }

    /** One function of libc; all its arguments and its result are integers of native width. */
    private static final class Call {
        private final String name;
        private final long function;
        private final CallContext context;

        Call(String name, int arity) {
            this.name = name;
            this.function = Library.getDefault().getSymbolAddress(name);
            if (function == 0) {
                throw new UnsupportedOperationException("this libc has no " + name);
            }
            Type[] arguments = new Type[arity];
            java.util.Arrays.fill(arguments, Type.SINT64);
            this.context = CallContext.getCallContext(Type.SINT32, arguments, CallingConvention.DEFAULT, true);
        }

        /** Makes the call; the caller looks at the result, and at errno before its next call on this thread. */
        long once(long... a) {
            return (int)
                    switch (a.length) {
                        case 1 -> INVOKER.invokeN1(context, function, a[0]);
                        case 2 -> INVOKER.invokeN2(context, function, a[0], a[1]);
                        case 3 -> INVOKER.invokeN3(context, function, a[0], a[1], a[2]);
                        case 4 -> INVOKER.invokeN4(context, function, a[0], a[1], a[2], a[3]);
                        case 5 -> INVOKER.invokeN5(context, function, a[0], a[1], a[2], a[3], a[4]);
                        case 6 -> INVOKER.invokeN6(context, function, a[0], a[1], a[2], a[3], a[4], a[5]);
                        default -> throw new IllegalArgumentException(name + " with " + a.length + " arguments");
                    };
        }

        /** Makes the call, again when interrupted, and turns a failure into an exception that names its object. */
        long check(String object, long... arguments) throws LibcException {
            while (true) {
                long result = once(arguments);
                if (result >= 0) {
                    return result;
                }
                int errno = errno();
                if (!Errno.EINTR.is(errno)) {
                    throw new LibcException(name, object, errno);
                }
            }
        }
    }
}
