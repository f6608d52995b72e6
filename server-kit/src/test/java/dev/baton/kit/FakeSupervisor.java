package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A supervisor without a mind of its own: it holds real public listeners, answers every hello that bears the right
 * token, gives the orders that a test wants given, and remembers what the workers say.
 *
 * <pre>{@code
 * try (FakeSupervisor supervisor = FakeSupervisor.open()) {
 *     InetSocketAddress address = supervisor.listen("http", "127.0.0.1:0");
 *     Worker worker = TestWorkers.attach(supervisor.environment(1));
 *     …
 *     supervisor.worker(1).accept();
 * }
 * }</pre>
 *
 * <p>Every wait ends after {@link #PATIENCE} with an {@link AssertionError} that tells what was heard instead.
 */
public final class FakeSupervisor implements AutoCloseable {
    /** Long enough for any machine: a test that waits so long has failed. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path directory;
    private final Path socket;
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Map<Integer, WorkerEnd> workers = new LinkedHashMap<>();
    private Door door;

    private record Held(ListenerSpec spec, Fd fd) {}

    private FakeSupervisor(Path directory) {
        this.directory = directory;
        this.socket = directory.resolve("handover.sock");
    }

    /** A supervisor in a directory of its own, which vanishes with it. */
    public static FakeSupervisor open() throws IOException {
        FakeSupervisor supervisor = new FakeSupervisor(Files.createTempDirectory("baton-test"));
        supervisor.comeBack();
        return supervisor;
    }

    /** Where the supervisor's socket lies, and whatever else belongs to this test. */
    public Path directory() {
        return directory;
    }

    /**
     * Binds a public listener; workers that attach from now on get it.
     *
     * @return where it can be reached; {@code null} for a unix listener
     */
    public synchronized InetSocketAddress listen(String name, String address) throws IOException {
        ListenerSpec spec = new ListenerSpec(name, ListenAddress.parse(address), ListenerSpec.DEFAULT_BACKLOG);
        Fd fd = Libc.listen((ListenAddress.Bindable) spec.address(), spec.backlog());
        held.put(name, new Held(spec, fd));
        return Libc.localInetAddress(fd.number()).orElse(null);
    }

    /** Another descriptor of a public listener, as another worker would hold it; the caller closes it. */
    public synchronized Fd shared(String name) throws IOException {
        return held.get(name).fd().duplicate();
    }

    /** What the supervisor would put into the environment of a worker. */
    public Map<String, String> environment(int generation) {
        return Map.of(
                Link.HANDOVER, socket.toString(),
                Link.TOKEN, token(generation),
                Link.GENERATION, Integer.toString(generation));
    }

    private static String token(int generation) {
        return "token-" + generation;
    }

    /** This generation's worker, once it has attached. */
    public WorkerEnd worker(int generation) {
        return await("worker " + generation, () -> Optional.ofNullable(workers.get(generation)));
    }

    /** The supervisor dies: its socket and all connections to workers are gone, the listeners too. */
    public void vanish() throws IOException {
        List<WorkerEnd> left;
        Door shut;
        synchronized (this) {
            left = List.copyOf(workers.values());
            workers.clear();
            shut = door;
            door = null;
        }
        if (shut != null) {
            shut.close();
        }
        Files.deleteIfExists(socket);
        left.forEach(WorkerEnd::close);
    }

    /** Another one is there, under the same path, and has no listeners but those that the first worker gives back. */
    public synchronized void comeBackEmptyHanded() throws IOException {
        held.values().forEach(listener -> listener.fd().close());
        held.clear();
        comeBack();
    }

    /** It is there again, under the same path, with the same listeners. */
    public synchronized void comeBack() throws IOException {
        door = new Door();
        door.start();
    }

    /**
     * Lets one worker adopt what the other gives while it drains.
     *
     * @param deadline of the drain
     */
    public void handOver(WorkerEnd from, WorkerEnd to, Duration deadline) throws IOException {
        Fd[] pair = Libc.socketPair();
        try (Fd givers = pair[0];
                Fd takers = pair[1]) {
            to.say(new Message.Adopt(), List.of(takers));
            from.say(new Message.Drain(deadline), List.of(givers));
        }
    }

    /** The same for one connection, which {@code to} is to decline; returns when {@code from} has been told so. */
    public void handOverInVain(WorkerEnd from, WorkerEnd to, Duration deadline) throws IOException {
        Fd[] given = Libc.socketPair();
        Fd[] taken = Libc.socketPair();
        try (Fd givers = given[0];
                HandoverChannel giver = new HandoverChannel(given[1]);
                Fd takers = taken[0];
                HandoverChannel taker = new HandoverChannel(taken[1])) {
            to.say(new Message.Adopt(), List.of(takers));
            from.say(new Message.Drain(deadline), List.of(givers));
            Envelope said;
            do { // what it has of state comes first
                said = giver.receive(deadline);
                taker.send(said.message(), said.fds(), deadline);
                said.closeFds();
            } while (!(said.message() instanceof Message.Offer));
            Message answer = taker.receive(deadline).message();
            if (!(answer instanceof Message.Declined)) {
                throw new AssertionError("not declined: " + answer);
            }
            giver.send(answer, deadline);
        }
    }

    @Override
    public void close() throws IOException {
        vanish();
        synchronized (this) {
            held.values().forEach(listener -> listener.fd().close());
            held.clear();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private synchronized <T> T await(String what, java.util.function.Supplier<Optional<T>> source) {
        return awaitIn(this, what, source, () -> "there are " + workers.keySet());
    }

    private static <T> T awaitIn(
            Object monitor,
            String what,
            java.util.function.Supplier<Optional<T>> source,
            java.util.function.Supplier<String> instead) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (monitor) {
            while (true) {
                Optional<T> found = source.get();
                if (found.isPresent()) {
                    return found.get();
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new AssertionError("waited in vain for " + what + "; " + instead.get());
                }
                try {
                    monitor.wait(left / 1_000_000 + 1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for " + what, e);
                }
            }
        }
    }

    /** The socket that workers knock at, and the thread behind it. */
    private final class Door implements Closeable {
        private final Fd listener;
        private final Fd stop;
        private final Fd stopper;
        private final Thread thread = new Thread(this::run, "fake-supervisor");

        Door() throws IOException {
            listener = Libc.listen((ListenAddress.Bindable) ListenAddress.parse("unix:" + socket), 64);
            Fd[] pair = Libc.socketPair();
            stop = pair[0];
            stopper = pair[1];
        }

        void start() {
            thread.setDaemon(true);
            thread.start();
        }

        private void run() {
            try (listener;
                    stop) {
                while (true) {
                    Libc.awaitEither(listener.number(), stop);
                    Optional<Fd> knocking = Libc.accept(listener);
                    if (knocking.isPresent()) {
                        admit(new HandoverChannel(knocking.get()));
                    } else if (Libc.await(stop, Libc.Readiness.READ, Duration.ZERO)) {
                        return;
                    }
                }
            } catch (IOException e) {
                throw new AssertionError("the fake supervisor cannot accept", e);
            }
        }

        @Override
        public void close() {
            stopper.close();
            try {
                thread.join(PATIENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void admit(HandoverChannel channel) {
        try {
            Envelope first = channel.receive(PATIENCE);
            first.closeFds();
            if (!(first.message() instanceof Message.Hello hello)
                    || hello.pid() != ProcessHandle.current().pid()
                    || channel.peer().pid() != hello.pid()
                    || !hello.token().startsWith("token-")) {
                throw new IOException("not a hello: " + first.message());
            }
            int generation = Integer.parseInt(hello.token().substring("token-".length()));
            WorkerEnd worker = new WorkerEnd(generation, channel);
            synchronized (this) {
                if (held.isEmpty()) {
                    takeBack(channel);
                }
                channel.send(
                        new Message.Listeners(
                                "test",
                                generation,
                                held.values().stream().map(Held::spec).toList()),
                        held.values().stream().map(Held::fd).toList(),
                        PATIENCE);
                workers.put(generation, worker);
                notifyAll();
            }
            worker.start();
        } catch (IOException e) {
            channel.close(); // what a supervisor does with strangers
        }
    }

    private void takeBack(HandoverChannel channel) throws IOException {
        channel.send(new Message.Return(), PATIENCE);
        Envelope back = channel.receive(PATIENCE);
        List<ListenerSpec> specs = ((Message.Listeners) back.message()).listeners();
        for (int i = 0; i < specs.size(); i++) {
            held.put(specs.get(i).name(), new Held(specs.get(i), back.fds().get(i)));
        }
    }

    /** The supervisor's end of the line to one worker. */
    public static final class WorkerEnd implements Closeable {
        private final int generation;
        private final HandoverChannel channel;
        private final List<Message> heard = new ArrayList<>();
        private final List<Message> news = new ArrayList<>();
        private boolean gone;

        private WorkerEnd(int generation, HandoverChannel channel) {
            this.generation = generation;
            this.channel = channel;
        }

        private void start() {
            Thread thread = new Thread(this::listen, "fake-supervisor-" + generation);
            thread.setDaemon(true);
            thread.start();
        }

        private void listen() {
            try {
                while (true) {
                    Envelope envelope = channel.receive();
                    envelope.closeFds();
                    synchronized (this) {
                        heard.add(envelope.message());
                        news.add(envelope.message());
                        notifyAll();
                    }
                }
            } catch (IOException e) {
                synchronized (this) {
                    gone = true;
                    notifyAll();
                }
            } finally {
                channel.close();
            }
        }

        /** Says something to the worker; the descriptors stay the caller's. */
        public void say(Message message, List<Fd> fds) throws IOException {
            channel.send(message, fds, PATIENCE);
        }

        /** {@link #say(Message, List)} without descriptors. */
        public void say(Message message) throws IOException {
            say(message, List.of());
        }

        /** Orders it to plug the public listeners in, and waits until it has. */
        public void accept() throws IOException {
            say(new Message.Accept());
            next(Message.Accepting.class);
        }

        /** Orders it to unplug them, and waits until it has. */
        public void park() throws IOException {
            say(new Message.Park());
            next(Message.Parked.class);
        }

        /** Orders it to drain, without a next worker, and waits until it has; what was cut. */
        public List<String> drain(Duration deadline) throws IOException {
            say(new Message.Drain(deadline));
            return next(Message.Drained.class).cut();
        }

        /** Waits for the next message of this type, which is consumed; those of other types are left. */
        public <M extends Message> M next(Class<M> type) {
            return awaitIn(
                    this,
                    type.getSimpleName() + " from worker " + generation,
                    () -> {
                        Optional<M> found = news.stream()
                                .filter(type::isInstance)
                                .map(type::cast)
                                .findFirst();
                        found.ifPresent(news::remove);
                        return found;
                    },
                    () -> "it said " + heard + (gone ? " and is gone" : ""));
        }

        /** The private address of a listener, once the worker has said it. */
        public String privateAddress(String listener) {
            return awaitIn(
                    this,
                    "bound " + listener + " from worker " + generation,
                    () -> heard.stream()
                            .filter(message -> message instanceof Message.Bound bound
                                    && bound.listener().equals(listener))
                            .map(message -> ((Message.Bound) message).privateAddress())
                            .findFirst(),
                    () -> "it said " + heard);
        }

        /** All that it has said so far, in order. */
        public synchronized List<Message> heard() {
            return List.copyOf(heard);
        }

        /** Waits until it has closed its end. */
        public void awaitGone() {
            BooleanSupplier isGone = () -> gone;
            awaitIn(
                    this,
                    "the end of worker " + generation,
                    () -> isGone.getAsBoolean() ? Optional.of(true) : Optional.empty(),
                    () -> "it said " + heard);
        }

        /** Hangs up. */
        @Override
        public void close() {
            channel.close();
        }
    }
}
