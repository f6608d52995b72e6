package dev.baton.demo;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.kit.StoppableListener;
import dev.baton.kit.TrackedConnection;
import dev.baton.kit.Worker;
import dev.baton.kit.connection.RateLimit;
import dev.baton.kit.jetty.JettyWorker;
import dev.baton.kit.jetty.RateLimitConnectionFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.util.List;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Baton's kit: the supervisor's listeners where there is a supervisor, the command line's where there is none. */
final class KitFooting implements Footing {
    private final Worker worker;
    /** What all clients share; null where there is no limit. */
    private final RateLimit limit;

    /** @param rate of the link that all clients share, as {@link RateLimit#parse} reads it; null for none */
    KitFooting(String rate) throws IOException {
        limit = rate == null ? null : RateLimit.parse(rate);
        worker = Worker.attach();
    }

    @Override
    public int generation() {
        return worker.generation();
    }

    @Override
    public List<Binding> bindings(List<Binding> whenAlone) {
        return worker.isSupervised()
                ? worker.listeners().stream().map(KitFooting::binding).toList()
                : whenAlone;
    }

    private static Binding binding(ListenerSpec spec) {
        return new Binding(spec.name(), spec.address() instanceof ListenAddress.Inet inet ? inet.address() : null);
    }

    @Override
    public void install(Server server) {
        if (limit != null) {
            for (Connector connector : server.getConnectors()) {
                RateLimitConnectionFactory.install((ServerConnector) connector, limit);
            }
        }
        JettyWorker.install(server, worker);
    }

    @Override
    public LineListener listen(Binding binding) throws IOException {
        StoppableListener listener = worker.listener(binding.name(), binding.address());
        return new Listener(limit == null ? listener : listener.interpose(limit));
    }

    @Override
    public void ready(Runnable whenDrained) throws IOException {
        worker.onDrained(whenDrained);
        worker.ready();
    }

    @Override
    public void close() throws IOException {
        worker.close();
    }

    private record Listener(StoppableListener listener) implements LineListener {
        @Override
        public boolean isOpen() {
            return listener.isOpen();
        }

        @Override
        public LineConnection accept() throws IOException {
            return new Connection(listener.accept());
        }

        @Override
        public SocketAddress address() throws IOException {
            return listener.address();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private record Connection(TrackedConnection connection) implements LineConnection {
        @Override
        public InputStream input() {
            return connection.input();
        }

        @Override
        public OutputStream output() {
            return connection.output();
        }

        @Override
        public byte[] state() {
            return connection.state();
        }

        @Override
        public boolean quiet(byte[] state) throws IOException {
            return connection.quiet(state);
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
