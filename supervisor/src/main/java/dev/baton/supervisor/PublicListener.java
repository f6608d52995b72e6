package dev.baton.supervisor;

import dev.baton.handover.Errno;
import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening socket, held as long as any worker is to have it, whichever accepts on it meanwhile. */
final class PublicListener implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(PublicListener.class);
    private static final int TYPE = 0170000;
    private static final int SOCKET = 0140000;
    private static final Set<PosixFilePermission> EVERYBODY = PosixFilePermissions.fromString("rw-rw-rw-");

    private final String asked;
    private volatile ListenerSpec spec;
    private final Fd fd;
    private final String file;

    private PublicListener(String asked, ListenerSpec spec, Fd fd, String file) {
        this.asked = asked;
        this.spec = spec;
        this.fd = fd;
        this.file = file;
    }

    /** Binds and listens. */
    static PublicListener open(ListenerSpec spec) throws StartException {
        return open(spec.toString(), spec);
    }

    /** Binds and listens once more, where another supervisor did: at the port that it had got. */
    static PublicListener openAgain(HeldListener known) throws StartException {
        return open(known.asked(), known.spec());
    }

    /**
     * Takes a socket that a worker has brought back, and which is known by its cookie; it is ours from now on.
     *
     * @throws IOException if it is not what it should be
     */
    static PublicListener takeBack(HeldListener known, Fd fd) throws IOException {
        String socket = socket(fd);
        if (!Libc.isListening(fd.number()) || Libc.socketCookie(fd.number()) != known.cookie()) {
            throw new IOException("it is another socket than listener " + known.spec() + " had");
        }
        if (!socket.equals(known.socket())) {
            throw new IOException("listener " + known.spec() + " was bound to " + known.socket() + ", not " + socket);
        }
        Libc.setNonBlocking(fd.number(), true); // which any of its holders may have changed
        Libc.takeNewConnections(fd); // the supervisor before may have been about to stop
        return new PublicListener(known.asked(), known.spec(), fd, known.file().orElse(null));
    }

    private static String socket(Fd fd) {
        return Libc.localAddress(fd.number()).map(Object::toString).orElse("");
    }

    /** What another supervisor must know of it. */
    HeldListener recorded() {
        return new HeldListener(asked, spec, socket(fd), Libc.socketCookie(fd.number()), Optional.ofNullable(file));
    }

    private static PublicListener open(String asked, ListenerSpec spec) throws StartException {
        if (spec.address() instanceof ListenAddress.Inet inet) {
            Fd fd = listen(spec, inet);
            return new PublicListener(asked, resolved(spec, inet, fd), fd, null);
        }
        if (spec.address() instanceof ListenAddress.Unix unix) {
            return openUnix(asked, spec, unix);
        }
        throw new StartException("cannot listen on " + spec + ": nobody passes sockets here");
    }

    /** Takes a socket over that listens already, and was passed for this; it is ours from now on. */
    static PublicListener passed(ListenerSpec spec, Fd fd) throws StartException {
        try {
            Libc.setNonBlocking(fd.number(), true);
            Libc.changeBacklog(fd, spec.backlog());
            return new PublicListener(
                    spec.toString(), new ListenerSpec(spec.name(), boundTo(spec, fd), spec.backlog()), fd, null);
        } catch (LibcException | IllegalArgumentException e) {
            throw new StartException("cannot listen on " + spec + ": " + e.getMessage(), e);
        }
    }

    /** What workers are told, who know nothing of names: where it is bound. */
    private static ListenAddress boundTo(ListenerSpec spec, Fd fd) {
        if (spec.address() instanceof ListenAddress.Bindable) {
            return spec.address();
        }
        Optional<InetSocketAddress> inet = Libc.localInetAddress(fd.number());
        if (inet.isPresent()) {
            return ListenAddress.parse(ListenAddress.text(inet.get()).replaceFirst("^\\[(0:){7}0?", "[::"));
        }
        return ListenAddress.parse("unix:"
                + Libc.localAddress(fd.number())
                        .orElseThrow(() -> new IllegalArgumentException(
                                "its socket has no path: abstract sockets are not supported")));
    }

    /** By which an overseer keeps it: no other socket ever has that name. */
    String keptAs() {
        return "baton." + spec.name() + "." + Long.toUnsignedString(Libc.socketCookie(fd.number()));
    }

    /** Whether another could be bound in its place: else whoever passed it passes it again. */
    boolean isOurs() {
        return !asked.contains("=systemd:");
    }

    private static Fd listen(ListenerSpec spec, ListenAddress.Bindable address) throws StartException {
        try {
            return Libc.listen(address, spec.backlog());
        } catch (LibcException e) {
            throw new StartException(
                    "cannot listen on " + spec + ": " + e.getMessage() + remedy(e.errno(), address), e);
        }
    }

    static String remedy(Errno errno, ListenAddress.Bindable address) {
        boolean unix = address instanceof ListenAddress.Unix;
        return switch (errno) {
            case EADDRINUSE ->
                ": another program listens there; stop it, or choose another address"
                        + (unix ? "" : " (\"ss -ltnp\" tells which it is)");
            case EACCES ->
                unix
                        ? ": this user may not create a file there"
                        : ": ports below 1024 take root, CAP_NET_BIND_SERVICE or the sysctl"
                                + " net.ipv4.ip_unprivileged_port_start";
            case EAFNOSUPPORT -> ": this machine has no IPv6; give an address of IPv4, as in 0.0.0.0:8080";
            case EADDRNOTAVAIL -> ": this machine has no such address (\"ip address\" tells which it has)";
            case ENOENT, ENOTDIR -> ": create the directory first";
            default -> "";
        };
    }

    /** With the port that the kernel chose in the place of 0. */
    private static ListenerSpec resolved(ListenerSpec spec, ListenAddress.Inet inet, Fd fd) {
        if (inet.address().getPort() != 0) {
            return spec;
        }
        int port = Libc.localInetAddress(fd.number()).orElseThrow().getPort();
        String host = inet.text().substring(0, inet.text().lastIndexOf(':') + 1);
        return new ListenerSpec(spec.name(), ListenAddress.parse(host + port), spec.backlog());
    }

    private static PublicListener openUnix(String asked, ListenerSpec spec, ListenAddress.Unix unix)
            throws StartException {
        try {
            removeIfStale(spec, unix.path());
            Fd fd = listen(spec, unix);
            try {
                letConnect(unix.path());
                return new PublicListener(asked, spec, fd, identity(unix.path()));
            } catch (IOException e) {
                fd.close();
                throw e;
            }
        } catch (IOException e) {
            throw new StartException("cannot listen on " + spec + ": " + e, e);
        }
    }

    /**
     * To connect takes the right to write, unix(7), and whoever may pass the directory is to have it, whatever the umask:
     * as with systemd and nginx. The file is held before its mode is set, for its name may be another file's by now, or a
     * link's, where somebody else may write to the directory.
     */
    private static void letConnect(Path path) throws IOException {
        try (Fd file = Libc.hold(path)) {
            Path held = Path.of("/proc/self/fd/" + file.number());
            if (((Integer) Files.getAttribute(held, "unix:mode") & TYPE) != SOCKET) {
                throw new IOException(path + " is no socket any more: who else writes to its directory?");
            }
            Files.setPosixFilePermissions(held, EVERYBODY);
        }
    }

    /**
     * A socket file outlives the process that made it. One that refuses connections is nobody's and goes; one behind
     * which somebody listens stays, and so does anything that is no socket.
     */
    private static void removeIfStale(ListenerSpec spec, Path path) throws IOException, StartException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & TYPE) != SOCKET) {
            throw new StartException(
                    "cannot listen on " + spec + ": " + path + " is there already, and is no socket: move it away");
        }
        if (isLive(path)) {
            throw new StartException(
                    "cannot listen on " + spec
                            + ": another program listens there; stop it, or choose another path (\"ss -lxp\" tells which it is)");
        }
        Files.delete(path);
        LOG.info("listener={} removed a socket file that nobody listened on: {}", spec.name(), path);
    }

    private static boolean isLive(Path path) throws IOException {
        // Not blocking: a live server whose backlog is full would hold us here.
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }

    /** Which file it is: (device, inode). */
    private static String identity(Path path) throws IOException {
        return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey()
                .toString();
    }

    /** With the port that the kernel chose. */
    ListenerSpec spec() {
        return spec;
    }

    /** Whether it was opened for this: the same name, and the same address as it is written; but for the backlog. */
    boolean isFor(ListenerSpec wanted) {
        return asked.equals(wanted.toString());
    }

    boolean isFor(HeldListener known) {
        return asked.equals(known.asked());
    }

    /** Whether nobody, this process included, can listen at the other address as long as this is open. */
    boolean isInTheWayOf(ListenerSpec other) {
        return spec.address().isInTheWayOf(other.address());
    }

    /**
     * O_NONBLOCK is the socket's, and not a program's own: one that clears it lets others hang in accept(2), the JVMs'
     * selectors and Node's loop among them.
     */
    void mendBlocking(int generation) {
        try {
            if (!Libc.isNonBlocking(fd.number())) {
                Libc.setNonBlocking(fd.number(), true);
                LOG.warn(
                        "listener={} generation={} had cleared O_NONBLOCK, which all versions share: let it keep that"
                                + " flag, and wait by poll(2) (in Python: settimeout, and not setblocking(True))",
                        spec.name(),
                        generation);
            }
        } catch (LibcException e) {
            LOG.warn("listener={} could not be looked at: {}", spec.name(), e.getMessage());
        }
    }

    /** Lets as many connections wait as this says. */
    void changeBacklog(int backlog) {
        if (backlog == spec.backlog()) {
            return;
        }
        try {
            Libc.changeBacklog(fd, backlog);
            LOG.info("listener={} backlog={} instead-of={}", spec.name(), backlog, spec.backlog());
            spec = new ListenerSpec(spec.name(), spec.address(), backlog);
        } catch (LibcException e) {
            LOG.warn("listener={} keeps its backlog of {}: {}", spec.name(), spec.backlog(), e.getMessage());
        }
    }

    /** Only to look at; it stays the listener's. */
    Fd fd() {
        return fd;
    }

    /**
     * From now on nobody begins to wait here, and those who do can still be accepted. A unix socket has no such thing:
     * there they are let in until it is closed.
     */
    void keepNewcomersOut() {
        if (spec.address() instanceof ListenAddress.Inet) {
            try {
                Libc.dropNewConnections(fd);
            } catch (LibcException e) {
                LOG.warn("listener={} who comes before it is closed is reset: {}", spec.name(), e.getMessage());
            }
        }
    }

    /**
     * Ends it for all who have it, none of whom accepts any more: who waits there is reset, and who comes is refused.
     * TCP does so at shutdown(2); at a unix socket who waits would wait as long as any copy of it is open.
     */
    void refuse() {
        Libc.shutdown(fd);
        if (spec.address() instanceof ListenAddress.Unix) {
            try {
                for (Optional<Fd> waits = Libc.accept(fd); waits.isPresent(); waits = Libc.accept(fd)) {
                    waits.get().close();
                }
            } catch (LibcException e) {
                LOG.warn("listener={} some wait there until the last worker has gone: {}", spec.name(), e.getMessage());
            }
        }
    }

    /** Closes; a socket file is removed as long as it is ours: somebody may have put another in its place. */
    @Override
    public void close() {
        if (spec.address() instanceof ListenAddress.Unix unix) {
            try {
                if (Files.exists(unix.path(), LinkOption.NOFOLLOW_LINKS)
                        && identity(unix.path()).equals(file)) {
                    Files.delete(unix.path());
                }
            } catch (IOException e) {
                LOG.warn("listener={} its socket file could not be removed: {}", spec.name(), e.toString());
            }
        }
        abandon();
    }

    /** Closes, and leaves a socket file where it is. */
    void abandon() {
        fd.close();
    }
}
