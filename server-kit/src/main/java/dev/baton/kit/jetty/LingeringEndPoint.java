package dev.baton.kit.jetty;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ProxyConnectionFactory.ProxyEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * The end point under a connection that cannot move, as under TLS. Closed while the worker drains it only half-closes,
 * and reads on to the client's end: data on their way to a socket that is closed make the kernel answer with RST, which
 * can destroy what was said last, as a WebSocket's 1012. Nobody else would read: TLS has said its last word by then.
 * {@link Lingering} closes what has lingered long enough.
 */
final class LingeringEndPoint extends ProxyEndPoint {
    /** Bytes at a time; there may be more, and other connections wait for this thread, too. */
    private static final int UNHEARD = 8 * 1024;

    private final BooleanSupplier isDraining;
    private volatile boolean lingering;

    LingeringEndPoint(EndPoint endPoint, BooleanSupplier isDraining) {
        super(endPoint, endPoint.getLocalSocketAddress(), endPoint.getRemoteSocketAddress());
        this.isDraining = isDraining;
    }

    @Override
    public void fillInterested(Callback callback) {
        super.fillInterested(new Input(callback));
    }

    @Override
    public boolean tryFillInterested(Callback callback) {
        return super.tryFillInterested(new Input(callback));
    }

    @Override
    public void close(Throwable cause) {
        if (cause != null || !isDraining.getAsBoolean() || isInputShutdown()) {
            super.close(cause);
        } else if (!lingering) {
            lingering = true; // before the next line: whoever is told of input instead of us will then see it
            tryFillInterested(Callback.NOOP);
            shutdownOutput();
        }
    }

    private void readOn() {
        try {
            if (super.fill(BufferUtil.allocate(UNHEARD)) >= 0) {
                tryFillInterested(Callback.NOOP);
                return;
            }
        } catch (IOException e) {
            // Its client is gone.
        }
        super.close(null);
    }

    /** Whoever waits for input, as long as there is anybody. */
    private final class Input extends Callback.Nested {
        Input(Callback callback) {
            super(callback);
        }

        @Override
        public void succeeded() {
            if (lingering) {
                readOn();
            } else {
                super.succeeded();
            }
        }

        @Override
        public void failed(Throwable cause) {
            super.failed(cause);
            if (lingering) {
                LingeringEndPoint.super.close(cause);
            }
        }
    }
}
