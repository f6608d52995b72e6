package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The main class of a worker in a process of its own that keeps the rules, or breaks the one that it is told to. */
final class StubWorker {
    private static final Duration SEND = Duration.ofSeconds(5);

    private final Set<String> manners;
    private final Path handover = Path.of(System.getenv("BATON_HANDOVER"));
    private final String token = System.getenv("BATON_TOKEN");
    private final int pid = (int) ProcessHandle.current().pid();
    private boolean wasAway;

    private StubWorker(Set<String> manners) {
        this.manners = manners;
    }

    /** What starts one with these manners. */
    static List<String> command(String... manners) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                StubWorker.class.getName()));
        command.addAll(List.of(manners));
        return command;
    }

    /** The same behind a shell's command line, in which {@code $@} is it. */
    static List<String> command(Shell shell, String... manners) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", shell.line(), "sh"));
        command.addAll(command(manners));
        return command;
    }

    record Shell(String line) {}

    public static void main(String[] manners) throws Exception {
        new StubWorker(Set.of(manners)).run();
    }

    private boolean does(String manner) {
        return manners.contains(manner);
    }

    private void run() throws Exception {
        System.out.println("stub worker " + System.getenv("BATON_GENERATION") + " " + manners);
        System.err.println("to the other stream");
        if (does("exits-at-once")) {
            System.out.print("last words without a line feed");
            System.out.flush();
            System.exit(3);
        }
        if (does("prints-megabytes")) {
            byte[] line = new byte[1000];
            Arrays.fill(line, (byte) 'x');
            line[999] = '\n';
            for (int i = 0; i < 20_000; i++) {
                System.out.write(line);
            }
            System.out.flush();
        }
        if (does("has-a-grandchild")) {
            System.out.println("grandchild "
                    + new ProcessBuilder("sleep", "1000").inheritIO().start().pid());
        }
        if (does("prints-its-environment")) {
            for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
                System.out.println("env " + variable.getKey() + "=" + variable.getValue());
            }
            System.out.println("in " + Path.of("").toAbsolutePath());
        }
        if (does("says-nothing")) {
            forever();
        }
        if (does("lies-about-its-token")) {
            refusedHello(new Message.Hello(pid, token.replace(token.charAt(0), token.charAt(0) == '0' ? '1' : '0')));
            System.exit(1);
        }
        if (does("sends-garbage")) {
            raw(new Message.Hello(pid, token), new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xf0, 1, 2, 3
            });
            forever();
        }
        serve(HandoverChannel.connect(handover));
    }

    private static void forever() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    private void refusedHello(Message.Hello hello) throws IOException {
        try (HandoverChannel channel = HandoverChannel.connect(handover)) {
            channel.send(hello, SEND);
            channel.receive(SEND);
            System.out.println("the supervisor believed it");
        } catch (IOException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    private void raw(Message hello, byte[] then) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(handover));
            byte[] text = hello.encode().getBytes(StandardCharsets.UTF_8);
            channel.write(ByteBuffer.allocate(4 + text.length)
                    .putInt(text.length)
                    .put(text)
                    .flip());
            channel.read(ByteBuffer.allocate(1));
            channel.write(ByteBuffer.wrap(then));
            ByteBuffer rest = ByteBuffer.allocate(4096);
            while (channel.read(rest.clear()) >= 0) {
                Thread.onSpinWait();
            }
            System.out.println("the channel was closed");
        } catch (SocketException e) {
            System.out.println("the channel was closed, what we sent unread: " + e.getMessage());
        }
    }

    private void serve(HandoverChannel channel) throws Exception {
        channel.send(new Message.Hello(pid, token), SEND);
        Envelope welcome = channel.receive(SEND);
        Message.Listeners listeners = (Message.Listeners) welcome.message();
        if (does("is-never-ready")) {
            forever();
        }
        for (ListenerSpec spec : listeners.listeners()) {
            channel.send(new Message.Bound(spec.name(), "127.0.0.1:1"), SEND);
            if (does("misses-a-listener")) {
                break;
            }
        }
        if (does("sends-descriptors")) {
            channel.send(new Message.Ready(), List.of(welcome.fds().get(0)), SEND);
            forever();
        }
        channel.send(new Message.Ready(), SEND);
        if (does("speaks-of-novelties")) {
            channel.send(new Message.Unknown("novelty"), SEND);
        }
        if (does("is-ready-twice")) {
            channel.send(new Message.Ready(), SEND);
        }
        while (true) {
            Envelope envelope = channel.receive();
            System.out.println(
                    "heard " + envelope.message() + " fds=" + envelope.fds().size());
            if (!obey(channel, envelope, welcome.fds())) {
                return;
            }
        }
    }

    /** Goes away and comes back once, and serves until its end; false if that was before. */
    private boolean goesAway(HandoverChannel channel) throws Exception {
        if (wasAway) {
            return false;
        }
        wasAway = true;
        channel.close();
        new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS);
        serve(HandoverChannel.connect(handover));
        return true;
    }

    private boolean obey(HandoverChannel channel, Envelope envelope, List<Fd> listeners) throws Exception {
        Message message = envelope.message();
        if (message instanceof Message.Accept) {
            if (does("dies-when-it-is-to-accept")) {
                Libc.kill(pid, 9);
            }
            if (!does("does-not-accept")) {
                channel.send(new Message.Accepting(), SEND);
                channel.send(new Message.Progress(7, 8, 9), SEND);
            }
            if (does("loses-its-channel")) {
                channel.close();
                serve(HandoverChannel.connect(handover));
            }
            if (does("loses-its-channel-for-good")) {
                channel.close();
                forever();
            }
            if (does("is-away-for-a-while") && goesAway(channel)) {
                return false;
            }
        } else if (message instanceof Message.Park) {
            if (!does("does-not-park")) {
                channel.send(new Message.Parked(), SEND);
            }
        } else if (message instanceof Message.Drain) {
            if (does("does-not-drain")) {
                return true;
            }
            if (does("is-away-when-it-is-to-drain") && goesAway(channel)) {
                return false;
            }
            channel.send(new Message.Drained(List.of("127.0.0.1:4711")), SEND);
            listeners.forEach(Fd::close);
            if (does("does-not-leave")) {
                forever();
            }
            return false;
        }
        envelope.closeFds();
        return true;
    }
}
