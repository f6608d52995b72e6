package dev.baton.kit.jetty;

import dev.baton.handover.Fd;
import dev.baton.kit.LastAccepts;
import dev.baton.kit.Pluggable;
import dev.baton.kit.Plugging;
import dev.baton.kit.Slot;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;

/** A connector's accepting channel as a slot. */
final class ConnectorSlot implements Pluggable {
    private final Slot slot;
    private final String listener;
    private final LastAccepts lastAccepts;

    private ConnectorSlot(String listener, Slot slot, LastAccepts lastAccepts) {
        this.listener = listener;
        this.slot = slot;
        this.lastAccepts = lastAccepts;
    }

    /**
     * Gives a connector that has not started a channel, which is the connector's from now on.
     *
     * @param lastAccepts told of each public listener, and each time that nothing more is accepted from it
     */
    static ConnectorSlot open(
            ServerConnector connector, String listener, ServerSocketChannel channel, LastAccepts lastAccepts)
            throws IOException {
        try {
            connector.open(channel);
            Slot slot = Slot.under(listener, channel);
            // Jetty closes the channel while it stops; the slot must have let go of the number by then.
            connector.addEventListener(new LifeCycle.Listener() {
                @Override
                public void lifeCycleStopping(LifeCycle event) {
                    slot.release();
                }
            });
            return new ConnectorSlot(listener, slot, lastAccepts);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return listener;
    }

    @Override
    public String privateAddress() {
        return slot.privateAddressText();
    }

    @Override
    public void rehearse(Plugging plugging) throws IOException {
        slot.rehearse(plugging);
    }

    @Override
    public void plug(Fd publicListener, Plugging plugging) throws IOException {
        lastAccepts.plugging(publicListener);
        slot.plug(publicListener, plugging);
    }

    @Override
    public void unplug(Plugging plugging) throws IOException {
        if (slot.unplug(plugging)) { // once: the drain asks for it again
            lastAccepts.unplugged();
        }
    }

    /** Nothing: the server stops its connectors itself. */
    @Override
    public void stop() {
        slot.release();
    }
}
