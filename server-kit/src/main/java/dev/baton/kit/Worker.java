package dev.baton.kit;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * This process, as its supervisor knows it; or alone, where there is no supervisor: then it binds its listeners itself
 * and the rest does nothing.
 *
 * <pre>{@code
 * try (Worker worker = Worker.attach()) {
 *     StoppableListener listener = worker.listener("line", new InetSocketAddress(7000));
 *     worker.ready();
 *     while (listener.isOpen()) {
 *         TrackedConnection connection = listener.accept(); // ListenerStoppedException once drained
 *         executor.execute(() -> serve(connection));
 *     }
 * }
 * }</pre>
 *
 * <p>Order: attach, take the listeners, get ready, say {@link #ready()}. Then the supervisor decides: accept, park,
 * resume, drain.
 *
 * <p>Threading: any. Callbacks run one after another on a thread of the kit's, and must not take long: the next
 * worker waits. A worker that loses its supervisor serves on and takes the next one that calls.
 */
public final class Worker implements AutoCloseable {
    /** A supervisor that has died, or becomes another program, is back by then. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static Worker attached;

    private final Link link;
    /** Of the link; {@code null} where there is none. */
    private final Duty duty;

    private final Connections connections;
    private final Progress progress;
    private final List<StoppableListener> listeners = new ArrayList<>();

    private Worker(Link link) throws IOException {
        this.link = link;
        this.duty = link == null ? null : link.duty();
        this.connections = new Connections(link != null);
        if (duty != null) {
            duty.add(connections);
            progress = duty.progress();
        } else {
            progress = new Progress(List.of(connections), message -> {});
            progress.begin();
        }
    }

    /**
     * Attaches to the supervisor that started this process, as its environment tells; once for the process, further
     * calls return the same worker.
     *
     * @throws IOException if there should be a supervisor, and it does not answer or refuses
     */
    public static synchronized Worker attach() throws IOException {
        if (attached == null) {
            attached = new Worker(Link.fromEnvironment(System.getenv(), PATIENCE));
        }
        return attached;
    }

    /** Attaches as {@link #attach} does, with the environment given: for tests, which are several workers in one. */
    static Worker attach(Map<String, String> environment) throws IOException {
        return new Worker(Link.fromEnvironment(environment, Duration.ZERO));
    }

    /** The worker that this process has attached, if it has. */
    public static synchronized Optional<Worker> attached() {
        return Optional.ofNullable(attached);
    }

    /** Whether a supervisor started this process. */
    public boolean isSupervised() {
        return link != null;
    }

    /** Which generation this is, counted from 1; 0 alone. */
    public int generation() {
        return duty == null ? 0 : duty.generation();
    }

    /** The connections that there are, and those that the next worker has taken. */
    public Message.Progress progress() {
        return progress.progress();
    }

    /** What clients were served so far: connections, and where Jetty serves, requests. */
    public Traffic traffic() {
        return progress.traffic();
    }

    /** The listeners that the supervisor holds; none alone. */
    public List<ListenerSpec> listeners() {
        return duty == null ? List.of() : duty.specs();
    }

    /**
     * {@link #listener(String, InetSocketAddress)}; alone it binds where the system property {@code baton.listen.NAME}
     * says, e.g. {@code :7000}.
     */
    public StoppableListener listener(String name) throws IOException {
        return isSupervised() ? supervised(name) : alone(name, fromProperty(name));
    }

    /**
     * A listener that accepts when the supervisor says so.
     *
     * @param name as the supervisor's {@code --listen NAME=ADDRESS} has it
     * @param whenAlone where to bind if there is no supervisor; it then accepts from the start
     * @throws IOException if the supervisor has no such listener, or alone, the address cannot be bound
     */
    public StoppableListener listener(String name, InetSocketAddress whenAlone) throws IOException {
        return isSupervised() ? supervised(name) : alone(name, whenAlone);
    }

    private StoppableListener supervised(String name) throws IOException {
        ListenerSpec spec = duty.spec(name);
        ServerSocketChannel channel = openPrivate(spec);
        StoppableListener listener;
        try {
            listener = new StoppableListener(name, channel, connections, true);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        synchronized (this) {
            listeners.add(listener);
        }
        duty.adopt(name, listener.adopter()); // before it can be public, and drained, and asked to adopt
        duty.add(listener.plug());
        return listener;
    }

    /**
     * A channel that listens where only this machine can reach it, for a slot under a listener: on 127.0.0.1, or for a
     * unix listener in the supervisor's runtime directory. The caller closes it.
     */
    public ServerSocketChannel openPrivate(ListenerSpec spec) throws IOException {
        boolean isUnix = spec.address() instanceof ListenAddress.Unix;
        ServerSocketChannel channel =
                isUnix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        try {
            channel.bind(isUnix ? freshPath(spec) : new InetSocketAddress("127.0.0.1", 0), spec.backlog());
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private UnixDomainSocketAddress freshPath(ListenerSpec spec) throws IOException {
        return UnixDomainSocketAddress.of(freshPrivatePath(spec));
    }

    /** Where a private socket can be bound for a unix listener, in a directory that no one else can reach. */
    public Path freshPrivatePath(ListenerSpec spec) throws IOException {
        Path path = link.privatePath(spec.name());
        Files.deleteIfExists(path);
        path.toFile().deleteOnExit();
        return path;
    }

    /** Where a supervisor has started it: a directory that the worker can write to and strangers cannot reach. */
    public static Path privateDirectory(Map<String, String> environment) {
        return Link.privateDirectory(Path.of(environment.get(Link.HANDOVER)));
    }

    private StoppableListener alone(String name, InetSocketAddress address) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(address, ListenerSpec.DEFAULT_BACKLOG);
            StoppableListener listener = new StoppableListener(name, channel, connections, false);
            synchronized (this) {
                listeners.add(listener);
            }
            return listener;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException("cannot bind listener " + name + " to " + address + ": " + e.getMessage(), e);
        }
    }

    private static InetSocketAddress fromProperty(String name) {
        String property = "baton.listen." + name;
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalStateException("listener " + name + ": there is no supervisor, so say where to bind it:"
                    + " listener(name, address), or -D" + property + "=:7000");
        }
        if (ListenAddress.parse(value) instanceof ListenAddress.Inet inet) {
            return inet.address();
        }
        throw new IllegalStateException("-D" + property + "=" + value + ": alone, a listener is HOST:PORT");
    }

    /** A slot of the program's own: it is plugged and unplugged with the worker's other listeners. */
    public void add(Pluggable slot) throws IOException {
        if (duty != null) {
            duty.add(slot);
        }
    }

    /** Connections of the program's own: counted, drained and cut with the worker's others. */
    public void add(Drainable drainable) {
        if (duty != null) {
            duty.add(drainable);
        }
    }

    /** Where the program listens, all of it, besides the listeners that it was given: its supervisor's status says so. */
    public void listensElsewhere(List<String> addresses) {
        if (duty != null) {
            duty.listensElsewhere(addresses);
        }
    }

    /** Who takes connections of the previous worker that were accepted at this listener. */
    public void adopt(String listener, Adopter adopter) {
        if (duty != null) {
            duty.adopt(listener, adopter);
        }
    }

    /** The program can serve: from now on the supervisor may check it, warm it, and give it the public listeners. */
    public void ready() {
        if (duty != null) {
            duty.ready();
        }
    }

    /** Called when the public listeners have been unplugged: background jobs that only one process may run stop now. */
    public void onPark(Runnable callback) {
        if (duty != null) {
            duty.callbacks().onPark(callback);
        }
    }

    /** Called when the public listeners have been plugged in, the first time and after every park. */
    public void onResume(Runnable callback) {
        if (duty != null) {
            duty.callbacks().onResume(callback);
        }
    }

    /** Called when the drain begins. */
    public void onDrain(Consumer<Drain> callback) {
        if (duty != null) {
            duty.callbacks().onDrain(callback);
        }
    }

    /** Called when the drain is over and the program is to end. */
    public void onDrained(Runnable callback) {
        if (duty != null) {
            duty.callbacks().onDrained(callback);
        }
    }

    /** Closes the listeners and says goodbye to the supervisor. Connections that are open live on. */
    @Override
    public void close() throws IOException {
        List<StoppableListener> open;
        synchronized (this) {
            open = List.copyOf(listeners);
        }
        for (StoppableListener listener : open) {
            listener.close();
        }
        if (link != null) {
            link.close();
        }
        connections.close();
        synchronized (Worker.class) {
            if (attached == this) {
                attached = null;
            }
        }
    }
}
