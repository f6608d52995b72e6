package dev.baton.bench;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The application behind HAProxy, with two backends of which one is used: what one does with a JVM server that cannot be replaced.
 * The next version is started as the other backend, is asked until it is warm, gets the traffic, the old one is drained and ended.
 */
final class Proxied extends Server {
    static final String PROGRAM = "haproxy";

    private static final String CONFIGURATION = """
        global
            stats socket %s level admin
            maxconn 2000
        defaults
            mode http
            timeout connect 10s
            timeout client 60s
            timeout server 60s
        frontend http
            bind %s
            default_backend app
        backend app
            http-reuse always
            server a %s
            server b 127.0.0.1:1 disabled
        """;
    private final Stage stage;
    private final Demo demo;
    private final Duration warmUp;
    private final Program proxy;
    private final Control control;
    private boolean first = true;

    private Proxied(Course course, Program proxy, InetSocketAddress address, Control control, Program application) {
        super("behind HAProxy, warm-up", address, application);
        stage = course.stage();
        demo = course.demo();
        warmUp = course.scale().warmUp();
        this.proxy = proxy;
        this.control = control;
    }

    static Proxied start(Course course, Path haproxy) throws IOException, InterruptedException {
        Stage stage = course.stage();
        Program application = stage.start("backend", course.demo().alone(Ports.local(0)));
        InetSocketAddress backend = served(application);
        Path directory = stage.directory("haproxy");
        Path socket = directory.resolve("admin.sock");
        InetSocketAddress address = Ports.free();
        Path file = Files.writeString(
                directory.resolve("haproxy.cfg"),
                CONFIGURATION.formatted(socket, Ports.text(address), Ports.text(backend)));
        Program proxy = stage.start("haproxy", List.of(haproxy.toString(), "-db", "-f", file.toString()));
        Ports.awaitOpen(address, proxy);
        return new Proxied(course, proxy, address, new Control(socket), application);
    }

    private static InetSocketAddress served(Program application) throws IOException, InterruptedException {
        return Ports.local(Integer.parseInt(application.await(Demo.READY).group(1)));
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        Program next = stage.start("backend", demo.alone(Ports.local(0)));
        String newer = first ? "app/b" : "app/a";
        String older = first ? "app/a" : "app/b";
        InetSocketAddress backend = served(next);
        warmUp(backend);
        order("set server " + newer + " addr 127.0.0.1 port " + backend.getPort());
        order("set server " + newer + " state ready");
        order("set server " + older + " state drain");
        if (!Waiting.until(Program.PATIENCE, () -> sessions(older) == 0)) {
            throw new IOException("HAProxy does not drain " + older + ": it has " + sessions(older) + " sessions");
        }
        program.end();
        order("set server " + older + " state maint");
        program = next;
        first = !first;
        return Map.of();
    }

    /** In private, as Baton's candidate is: one client that keeps its connection and one that does not, each as fast as the answers come. */
    private void warmUp(InetSocketAddress backend) throws InterruptedException {
        List<LoadRun> clients = Stream.of(Mode.KEEPALIVE, Mode.CHURN)
                .map(mode -> LoadPlan.of(mode, backend).withConnections(1).withAtMost(0))
                .map(Load::start)
                .toList();
        TimeUnit.NANOSECONDS.sleep(warmUp.toNanos());
        clients.forEach(LoadRun::stop);
    }

    private void order(String order) throws IOException {
        String answer = control.say(order + "\n").strip();
        if (!answer.isEmpty() && !answer.contains("changed") && !answer.contains("no need")) {
            throw new IOException("HAProxy does not " + order + ": " + answer);
        }
    }

    /** The current sessions of a backend's server, from the CSV that {@code show stat} gives. */
    private int sessions(String server) throws IOException {
        List<String> lines = control.say("show stat\n").lines().toList();
        int column = Arrays.asList(lines.get(0).split(",", -1)).indexOf("scur");
        return lines.stream()
                .filter(line -> line.startsWith(server.replace('/', ',') + ","))
                .mapToInt(line -> Integer.parseInt(line.split(",", -1)[column]))
                .sum();
    }

    @Override
    public void close() {
        proxy.close();
        super.close();
    }
}
