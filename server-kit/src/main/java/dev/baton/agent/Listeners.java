package dev.baton.agent;

import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.kit.Worker;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a program that knows nothing of its supervisor: which of its sockets are supervised ones.
 *
 * <p>The worker attaches with the first of them, and not before: a process may say hello once, and a program that uses
 * the kit says it by itself.
 */
final class Listeners {
    /** What the supervisor listens on, one {@code NAME=ADDRESS} a line: known before the worker attaches. */
    static final String LISTENERS = "BATON_LISTENERS";

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final List<ListenerSpec> specs;
    private final List<ProgramListener> bound = new CopyOnWriteArrayList<>();
    /** Where the program's unix sockets really are, by the names of the listeners. */
    private final Map<String, Path> privatePaths = new ConcurrentHashMap<>();

    private final Map<FileDescriptor, String> strangers = new ConcurrentHashMap<>();
    /** Bound to any port that is free, as the next version's will be. */
    private final Map<FileDescriptor, Boolean> ephemeral = Collections.synchronizedMap(new WeakHashMap<>());

    private final Accepted accepted = new Accepted();
    private Worker worker;
    private final Set<String> polite = ConcurrentHashMap.newKeySet();
    private boolean waiting;
    private volatile boolean stoodBack;

    private Listeners(List<ListenerSpec> specs) {
        this.specs = specs;
    }

    static Listeners ofEnvironment(Map<String, String> environment) {
        return new Listeners(environment
                .getOrDefault(LISTENERS, "")
                .lines()
                .map(ListenerSpec::parse)
                .toList());
    }

    /** Whether it can be that, which is asked before anything is parsed. */
    static boolean haveUnixSockets(Map<String, String> environment) {
        return environment.getOrDefault(LISTENERS, "").contains("=unix:");
    }

    /** The program uses the kit, and has its listeners there. */
    synchronized void standBack() {
        if (worker == null) {
            stoodBack = true;
            Bridge.lead(null);
        } else {
            LOG.warn(
                    "the program uses the kit only after it has bound {} by itself: Worker.attach() will fail;"
                            + " attach first",
                    bound);
        }
    }

    /** The worker, where there is a supervised listener and the program does not attach by itself. */
    synchronized Optional<Worker> worker() throws IOException {
        if (stoodBack || specs.isEmpty()) {
            return Optional.empty();
        }
        attach();
        return Optional.of(worker);
    }

    /** The connections of the listener of this name, bound or still to be, are somebody else's to end. */
    void servePolitely(String name) {
        polite.add(name);
        bound.stream().filter(listener -> listener.name().equals(name)).forEach(ProgramListener::servePolitely);
    }

    /** Where a connection reaches the program itself, though it knocks where its listener was. */
    InetSocketAddress knock(InetSocketAddress wanted) {
        return bound.stream()
                .filter(listener -> listener.isListening() && listener.wanted().equals(wanted))
                .findFirst()
                .flatMap(ProgramListener::privateInetAddress)
                .orElse(wanted);
    }

    Accepted accepted() {
        return accepted;
    }

    /** The supervised listener that this is the descriptor of. */
    Optional<ProgramListener> find(FileDescriptor fd) {
        for (ProgramListener listener : bound) {
            if (listener.isUnder(fd)) {
                return Optional.of(listener);
            }
        }
        return Optional.empty();
    }

    /** Whether a socket that is bound there becomes a supervised listener, and so is to be bound elsewhere. */
    boolean claim(FileDescriptor fd, int number, InetSocketAddress wanted) throws IOException {
        if (wanted.getPort() == 0) {
            ephemeral.put(fd, true);
            return false;
        }
        if (specs.stream().noneMatch(spec -> spec.covers(wanted))) {
            return false;
        }
        if (!Libc.isStream(number)) {
            return false; // UDP has ports of its own
        }
        return claim(fd, number, wanted, spec -> spec.covers(wanted)) != null;
    }

    /** The path to bind instead, where a socket becomes a supervised listener. */
    Optional<Path> claim(FileDescriptor fd, int number, Path wanted) throws IOException {
        Path absolute = wanted.toAbsolutePath().normalize();
        Predicate<ListenerSpec> covers = spec -> isAt(spec, absolute);
        if (wanted.toString().isEmpty() || specs.stream().noneMatch(covers)) {
            return Optional.empty();
        }
        if (!Libc.isStream(number)) {
            return Optional.empty();
        }
        ListenerSpec spec = claim(fd, number, UnixDomainSocketAddress.of(wanted), covers);
        Path own = worker.freshPrivatePath(spec);
        privatePaths.put(spec.name(), own);
        return Optional.of(own);
    }

    /**
     * What to delete in the place of a file. Who binds a unix socket deletes what lies there before, and after; where
     * that is a listener's path, the socket there is the supervisor's and the clients'. The program's own is deleted
     * then, or, before there is one, a file that is there for nothing else, so that the program sees it succeed.
     */
    Path deleting(Path wanted) throws IOException {
        Path absolute = wanted.toAbsolutePath().normalize();
        Optional<ListenerSpec> spec =
                specs.stream().filter(candidate -> isAt(candidate, absolute)).findFirst();
        if (spec.isEmpty() || stoodBack) {
            return wanted;
        }
        Path own = privatePaths.get(spec.get().name());
        return own != null && Files.exists(own)
                ? own
                : Files.createTempFile(Worker.privateDirectory(System.getenv()), "baton-", ".decoy");
    }

    private static boolean isAt(ListenerSpec spec, Path path) {
        return spec.address() instanceof ListenAddress.Unix unix
                && unix.path().normalize().equals(path);
    }

    /** Two sockets at one address are refused as the kernel does; at two addresses, both accept from the one listener. */
    private synchronized ListenerSpec claim(
            FileDescriptor fd, int number, SocketAddress wanted, Predicate<ListenerSpec> covers) throws IOException {
        List<ListenerSpec> meant = specs.stream().filter(covers).toList();
        List<ListenerSpec> free = meant.stream().filter(spec -> !isBound(spec)).toList();
        if (free.isEmpty() && isBound(wanted) && !Libc.sharesItsPort(number)) {
            throw new BindException("Address already in use: this program has bound "
                    + meant.stream().map(ListenerSpec::toString).collect(Collectors.joining(", ")) + " already");
        }
        List<ListenerSpec> candidates = free.isEmpty() ? meant : free;
        ListenerSpec spec = candidates.stream()
                .filter(candidate -> candidate.address() instanceof ListenAddress.Inet inet
                        && inet.address().equals(wanted))
                .findFirst()
                .orElse(candidates.get(0));
        attach();
        ProgramListener listener = new ProgramListener(spec, fd, wanted, accepted);
        if (polite.contains(spec.name())) {
            listener.servePolitely();
        }
        bound.add(listener);
        if (wanted instanceof InetSocketAddress inet && inet.getAddress().isAnyLocalAddress() && free.size() > 1) {
            tellOfOneSocketForAll(inet, free);
        }
        return spec;
    }

    /** It is one of them alone, and the worker never ready. */
    private static void tellOfOneSocketForAll(InetSocketAddress wanted, List<ListenerSpec> listeners) {
        LOG.warn(
                "the program binds port {} of all addresses, by one socket, where the supervisor has {} listeners, {}:"
                        + " name one in their place, like :{}",
                wanted.getPort(),
                listeners.size(),
                listeners.stream().map(ListenerSpec::toString).collect(Collectors.joining(", ")),
                wanted.getPort());
    }

    private boolean isBound(SocketAddress wanted) {
        return bound.stream().anyMatch(listener -> listener.wanted().equals(wanted));
    }

    private boolean isBound(ListenerSpec spec) {
        return bound.stream().anyMatch(listener -> listener.name().equals(spec.name()));
    }

    private void attach() throws IOException {
        if (worker == null) {
            worker = Worker.attach();
            worker.add(accepted);
            worker.onDrained(Listeners::terminate);
            if (!strangers.isEmpty()) {
                tellOfStrangers();
            }
        }
    }

    /** The program's own shutdown, as if the supervisor had sent the signal: it need not wait that long. */
    private static void terminate() {
        try {
            Libc.kill((int) ProcessHandle.current().pid(), 15);
        } catch (IOException e) {
            LOG.warn("the drained program is not terminated, and will be by the supervisor: {}", e.getMessage());
        }
    }

    void listening(FileDescriptor fd, int number) throws IOException {
        Optional<ProgramListener> ours = find(fd);
        if (ours.isEmpty()) {
            tellOfStranger(fd, number);
            return;
        }
        ours.get().listening(number);
        worker.add(ours.get());
        synchronized (this) {
            if (!waiting && specs.stream().allMatch(this::isListening)) {
                waiting = true;
                Thread thread = new Thread(this::awaitServed, "baton-ready");
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private boolean isListening(ListenerSpec spec) {
        return bound.stream().anyMatch(listener -> listener.name().equals(spec.name()) && listener.isListening());
    }

    private boolean isServed(ListenerSpec spec) {
        return bound.stream()
                .anyMatch(listener ->
                        listener.name().equals(spec.name()) && listener.isListening() && listener.isServed());
    }

    /** Many programs bind long before they serve, and some close and bind again. */
    private void awaitServed() {
        try {
            for (long pause = 5; !specs.stream().allMatch(this::isServed); pause = Math.min(50, pause * 2)) {
                Thread.sleep(pause);
            }
            worker.ready();
        } catch (InterruptedException e) {
            LOG.warn("interrupted before {} were served", bound);
        }
    }

    /** A listener that stays behind at every upgrade may have been forgotten. */
    private void tellOfStranger(FileDescriptor fd, int number) {
        if (ephemeral.remove(fd) != null) {
            return;
        }
        Libc.localInetAddress(number).ifPresent(address -> {
            LOG.warn(
                    "the program listens at {} by itself, which no listener of the supervisor names: during an"
                            + " upgrade that address is in use; name it with --listen",
                    text(address));
            strangers.put(fd, text(address));
            tellOfStrangers();
        });
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().isAnyLocalAddress() ? ":" + address.getPort() : ListenAddress.text(address);
    }

    private synchronized void tellOfStrangers() {
        if (worker != null) {
            worker.listensElsewhere(strangers.values().stream().sorted().toList());
        }
    }

    void closing(FileDescriptor fd) {
        if (!strangers.isEmpty() && strangers.remove(fd) != null) {
            tellOfStrangers();
        }
        Optional<ProgramListener> ours = find(fd);
        if (ours.isPresent()) {
            bound.remove(ours.get());
            ours.get().release();
        }
    }
}
