package dev.baton.kit.jetty;

import java.net.Socket;
import java.nio.channels.SelectableChannel;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A connector that has accepted a connection and has told nobody of it, if a test wants it so: until a drain first looks
 * whether it is over, and before that look has ended, or until the test lets it.
 */
final class HoldingConnector extends ServerConnector {
    private final CountDownLatch accepted = new CountDownLatch(1);
    private final CountDownLatch looked = new CountDownLatch(1);
    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile CountDownLatch until;

    HoldingConnector(Server server, int acceptors, int selectors, ConnectionFactory factory) {
        super(server, acceptors, selectors, factory);
    }

    void holdUntilReleased() {
        until = released;
    }

    void release() {
        released.countDown();
    }

    void holdUntilLooked() {
        getSelectorManager().addEventListener(new SelectorManager.AcceptListener() {
            @Override
            public void onAccepting(SelectableChannel channel) {
                told.countDown();
            }
        });
        until = looked;
    }

    void awaitAccepted() {
        await(accepted);
    }

    @Override
    protected void configure(Socket socket) {
        super.configure(socket);
        if (until != null) {
            accepted.countDown();
            await(until);
        }
    }

    @Override
    public Collection<EndPoint> getConnectedEndPoints() {
        if (until == looked && Thread.currentThread().getName().equals("baton-drain")) {
            looked.countDown();
            await(told);
        }
        return super.getConnectedEndPoints();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }
}
