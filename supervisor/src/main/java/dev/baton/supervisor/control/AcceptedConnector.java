package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Scheduler;

/** Serves connections that a {@link Door} has accepted. */
final class AcceptedConnector extends AbstractConnector {
    private final Optional<TokenGate> gate;
    private final Semaphore followers;
    private final Selectors selectors;

    /**
     * One that belongs to a server.
     *
     * @param gate what each request has to pass; without one whoever comes in may
     * @param mostFollowers how many of its clients may follow the events at a time
     */
    AcceptedConnector(Server server, Optional<TokenGate> gate, int mostFollowers, ConnectionFactory http) {
        super(server, null, null, null, 0, http);
        this.gate = gate;
        this.followers = new Semaphore(mostFollowers);
        this.selectors = new Selectors(getExecutor(), getScheduler());
        installBean(selectors, true);
    }

    Optional<TokenGate> gate() {
        return gate;
    }

    /** The places for those of its clients who follow the events: they keep them, and others are to be let in, too. */
    Semaphore followers() {
        return followers;
    }

    /** Serves a client whose channel does not block, and closes it in the end. */
    void take(SocketChannel client) {
        selectors.accept(client);
    }

    @Override
    protected void accept(int acceptor) {
        throw new UnsupportedOperationException("a door accepts");
    }

    /** None of its own. */
    @Override
    public Object getTransport() {
        return null;
    }

    private final class Selectors extends SelectorManager {
        private Selector opened;

        Selectors(Executor executor, Scheduler scheduler) {
            super(executor, scheduler, 1);
        }

        @Override
        protected Selector newSelector() throws IOException {
            opened = super.newSelector();
            return opened;
        }

        /** Jetty leaves the selector open where there was no thread to be had for it. */
        @Override
        protected void doStop() throws Exception {
            super.doStop();
            if (opened != null) {
                opened.close();
            }
        }

        @Override
        protected EndPoint newEndPoint(SelectableChannel client, ManagedSelector selector, SelectionKey key) {
            SocketChannelEndPoint endPoint =
                    new SocketChannelEndPoint((SocketChannel) client, selector, key, getScheduler());
            endPoint.setIdleTimeout(getIdleTimeout());
            return endPoint;
        }

        @Override
        public Connection newConnection(SelectableChannel client, EndPoint endPoint, Object attachment)
                throws IOException {
            return getDefaultConnectionFactory().newConnection(AcceptedConnector.this, endPoint);
        }

        @Override
        protected void endPointOpened(EndPoint endPoint) {
            super.endPointOpened(endPoint);
            onEndPointOpened(endPoint);
        }

        @Override
        protected void endPointClosed(EndPoint endPoint) {
            onEndPointClosed(endPoint);
            super.endPointClosed(endPoint);
        }
    }
}
