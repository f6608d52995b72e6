package dev.baton.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.baton.handover.Fd;
import dev.baton.kit.Pluggable;
import dev.baton.kit.Plugging;
import dev.baton.kit.Worker;
import dev.baton.kit.jetty.JettyWorker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.slf4j.LoggerFactory;

/**
 * The main class of a worker on listeners {@code http} and {@code line} that tells, at the moment when it is to accept,
 * what it has been asked until then, and over how many connections; or hangs or dies meanwhile.
 */
final class WarmedServer extends Handler.Abstract {
    private final String label;
    private final String fault;
    private final AtomicInteger asked = new AtomicInteger();
    private final Set<Object> connections = ConcurrentHashMap.newKeySet();

    private WarmedServer(String label, String fault) {
        this.label = label;
        this.fault = fault;
    }

    /** @param fault {@code none}, {@code hangs} or {@code dies}, at the tenth request */
    static List<String> command(String label, String fault) {
        List<String> command = new ArrayList<>(Places.java(WarmedServer.class));
        command.addAll(List.of(label, fault));
        return command;
    }

    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, 1, 1);
        connector.setName("http");
        server.addConnector(connector);
        WarmedServer handler = new WarmedServer(arguments[0], arguments[1]);
        server.setHandler(handler);
        Worker worker = Worker.attach();
        worker.add(handler.new Told());
        worker.onDrained(() -> System.exit(0));
        JettyWorker.install(server, worker);
        server.start();
        worker.ready();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (Request.getPathInContext(request).startsWith("/warm")) {
            connections.add(request.getConnectionMetaData().getRemoteSocketAddress());
            int nth = asked.incrementAndGet();
            if (nth >= 10 && fault.equals("dies")) {
                Runtime.getRuntime().halt(9);
            } else if (nth >= 10 && fault.equals("hangs")) {
                new CountDownLatch(1).await();
            }
            if (request.getHttpURI().toString().contains("sick")) {
                response.setStatus(503);
            }
        }
        String name = label + " gen=" + System.getenv("BATON_GENERATION") + " pid="
                + ProcessHandle.current().pid() + "\n";
        response.write(true, ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)), callback);
        return true;
    }

    /** A slot beside the real one, before it. */
    private final class Told implements Pluggable {
        @Override
        public String name() {
            return "line";
        }

        @Override
        public String privateAddress() {
            return "127.0.0.1:1";
        }

        @Override
        public void rehearse(Plugging plugging) {}

        @Override
        public void plug(Fd publicListener, Plugging plugging) {
            System.out.println("at accept: requests=" + asked + " connections=" + connections.size());
        }

        @Override
        public void unplug(Plugging plugging) {}

        @Override
        public void stop() {}
    }
}
