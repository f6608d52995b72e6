package dev.baton.agent;

import dev.baton.handover.Fd;
import dev.baton.handover.ListenerSpec;
import dev.baton.kit.Pluggable;
import dev.baton.kit.Plugging;
import dev.baton.kit.Slot;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;

/** A socket that the program has bound where the supervisor listens: a slot from its {@code listen} on. */
final class ProgramListener implements Pluggable {
    private final ListenerSpec spec;
    private final FileDescriptor fd;
    private final SocketAddress wanted;
    private final Accepted accepted;
    private volatile Slot slot;
    private volatile boolean accepts;
    private volatile boolean politely;

    ProgramListener(ListenerSpec spec, FileDescriptor fd, SocketAddress wanted, Accepted accepted) {
        this.spec = spec;
        this.fd = fd;
        this.wanted = wanted;
        this.accepted = accepted;
    }

    boolean isUnder(FileDescriptor other) {
        return fd == other;
    }

    /** Where the program believes that it is bound. */
    SocketAddress wanted() {
        return wanted;
    }

    /** Of a connection over a unix socket the kernel does not tell when something last came or went. */
    boolean tellsQuiet() {
        return !(wanted instanceof UnixDomainSocketAddress);
    }

    void listening(int number) throws IOException {
        slot = Slot.at(spec.name(), number);
    }

    boolean isListening() {
        return slot != null;
    }

    void onAccept() {
        accepts = true;
    }

    /** Its connections are counted and ended by somebody who knows their protocol. */
    void servePolitely() {
        politely = true;
    }

    boolean isServedPolitely() {
        return politely;
    }

    /** Whether somebody waits for its connections: who only listens would let the first ones wait. */
    boolean isServed() {
        return accepts || slot.isSelected();
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public String privateAddress() {
        return slot.privateAddressText();
    }

    /** Where it can be reached while it is not public; else whoever accepts at it is another worker, perhaps. */
    Optional<InetSocketAddress> privateInetAddress() {
        return slot.isPublic() || !(slot.privateAddress() instanceof InetSocketAddress inet)
                ? Optional.empty()
                : Optional.of(inet);
    }

    @Override
    public void rehearse(Plugging plugging) throws IOException {
        slot.rehearse(plugging);
    }

    @Override
    public void plug(Fd publicListener, Plugging plugging) throws IOException {
        accepted.lastAcceptsOf(this).plugging(publicListener);
        slot.plug(publicListener, plugging);
    }

    @Override
    public void unplug(Plugging plugging) throws IOException {
        if (slot.unplug(plugging)) { // once: the drain asks for it again
            accepted.lastAcceptsOf(this).unplugged();
        }
    }

    /** The program closes it, when it ends. */
    @Override
    public void stop() {
        // Until then its accept loop goes on at the private listener.
    }

    void release() {
        if (slot != null) {
            slot.release();
        }
    }

    @Override
    public String toString() {
        return spec.toString();
    }
}
