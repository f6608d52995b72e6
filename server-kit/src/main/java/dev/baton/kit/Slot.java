package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The descriptor number under a program's listening channel, into which a private or the public listener is plugged
 * while the program's accept loop runs on: dup2(2), epoll_ctl(2).
 *
 * <p>Every listener that is ever plugged in is O_NONBLOCK. A JDK acceptor in blocking mode then gets EAGAIN and waits
 * in poll(2), from where {@link PollWaiters} can call it, and cannot be stuck inside accept(2) on a listener that is no
 * longer there.
 *
 * <p>An epoll instance watches an open file description under a number, not the number. So each watch of the slot is
 * deleted before and added again after the number stands for something else; without the deletion the old description
 * would go on firing, for other processes hold it open.
 *
 * <p>Threading: any; one monitor. Ownership: the channel stays the program's. Before the program closes it, and at the
 * latest with it, somebody calls {@link #release()}; a slot whose number was closed behind its back notices by the
 * socket's cookie, and leaves alone whatever stands under that number now.
 */
public final class Slot implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Slot.class);

    /** How often a watch that came in between is chased before it is called a failure. */
    private static final int MOST_ROUNDS = 100;

    private final String name;
    private final int number;
    private final SocketAddress privateAddress;
    private final Fd privateListener;
    private long cookie;
    private boolean isPublic;
    /** Whether what was plugged in last is watched and waited for by all that should. */
    private boolean isSettled = true;

    private boolean released;

    private Slot(String name, int number, SocketAddress privateAddress, Fd privateListener) {
        this.name = name;
        this.number = number;
        this.privateAddress = privateAddress;
        this.privateListener = privateListener;
        this.cookie = Libc.socketCookie(number);
    }

    /**
     * The slot under a channel that is bound to a private address. The listener becomes O_NONBLOCK, whatever mode the
     * channel believes to be in.
     *
     * @throws IOException if the channel is closed, or not bound
     */
    public static Slot under(String name, ServerSocketChannel channel) throws IOException {
        if (channel.isOpen() && channel.getLocalAddress() == null) {
            throw new IOException("listener " + name + ": its channel is not bound");
        }
        return at(name, Descriptors.of(channel));
    }

    /**
     * The slot at a number that the program's socket is bound and listens under, at a private address. The listener
     * becomes O_NONBLOCK.
     *
     * @throws IOException if there is no such socket
     */
    public static Slot at(String name, int number) throws IOException {
        SocketAddress address = Libc.localAddress(number)
                .orElseThrow(() -> new IOException("listener " + name + ": descriptor " + number + " is not bound"));
        Fd privateListener = Libc.duplicate(number);
        try {
            Libc.setNonBlocking(number, true);
            return new Slot(name, number, address, privateListener);
        } catch (IOException | RuntimeException e) {
            privateListener.close();
            throw e;
        }
    }

    /** Where the listener can be reached while it is not public. */
    public SocketAddress privateAddress() {
        return privateAddress;
    }

    /** Whether a selector watches it. */
    public synchronized boolean isSelected() {
        return !released && !EpollWatches.now().of(number).isEmpty();
    }

    /** Whether the public listener is plugged in. */
    public synchronized boolean isPublic() {
        return isPublic;
    }

    /**
     * Plugs the private listener in where it is already: all that a real change does, so that its classes are loaded
     * and its code has run before anybody waits for it.
     */
    public synchronized void rehearse(Plugging plugging) throws IOException {
        if (!isPublic && isOurs()) {
            change(privateListener, privateListener, false, plugging);
        }
    }

    /**
     * Plugs the public listener in, which stays the caller's and open until the plugging is closed. Where the last
     * plugging could not be completed that is done once more.
     *
     * @return false if the program has closed its channel, or plug is nothing new
     * @throws IOException if the kernel refuses; what was plugged in before still is
     */
    public synchronized boolean plug(Fd publicListener, Plugging plugging) throws IOException {
        if (isPublic && isSettled || !isOurs()) {
            return false;
        }
        keepNonBlocking(publicListener.number());
        change(privateListener, publicListener, false, plugging);
        isPublic = true;
        return true;
    }

    /**
     * Plugs the private listener back in. Connections already accepted are not touched.
     *
     * @return false if the program has closed its channel, or the public listener is not plugged in
     */
    public synchronized boolean unplug(Plugging plugging) throws IOException {
        if (!isPublic && isSettled || !isOurs()) {
            return false;
        }
        keepNonBlocking(number);
        change(plugging.keep(number), privateListener, true, plugging);
        isPublic = false;
        return true;
    }

    int number() {
        return number;
    }

    /** The number that a connection accepted now will most likely have. */
    synchronized int likelyNextDescriptor() throws IOException {
        return released ? -1 : Libc.likelyNextDescriptor(privateListener);
    }

    /** Lets go: nothing will be plugged in from now on. To be called before the program closes its channel. */
    public synchronized void release() {
        if (!released) {
            released = true;
            privateListener.close();
        }
    }

    /** {@link #release()}. The channel itself is the program's to close. */
    @Override
    public void close() {
        release();
    }

    /** Whether the number still stands for what was plugged in: a closed one may be anybody's by now. */
    private boolean isOurs() {
        if (!released && Libc.socketCookie(number) != cookie) {
            LOG.warn("listener={} was closed by the program: nothing can be plugged in any more", name);
            release();
        }
        return !released;
    }

    /**
     * The program may have changed the mode of what is plugged in since, as Jetty does when it opens a connector; and a
     * public listener that blocks would freeze every accept loop on it, in every process.
     */
    private void keepNonBlocking(int publicListener) throws IOException {
        Libc.setNonBlocking(publicListener, true);
        Libc.setNonBlocking(privateListener.number(), true);
    }

    private void change(Fd from, Fd to, boolean fromPublic, Plugging plugging) throws IOException {
        List<EpollWatch> watches = lasting(plugging.watches(number));
        isSettled = false;
        boolean selected = replace(watches, to);
        cookie = Libc.socketCookie(number);
        plugging.add(new Plugging.Change(this, from, to, selected, fromPublic));
    }

    /**
     * Completes a change. A selector that began to watch between the look and dup3 watches the description that has
     * left, under a number that no longer leads to it: it could neither fire nor be deleted. Then all goes back and
     * begins again, with that watch in the list.
     *
     * @return whether a selector watches it
     */
    synchronized boolean settle(Plugging.Change change, EpollWatches now) throws IOException {
        boolean selected = change.selected();
        if (!isOurs()) {
            return selected;
        }
        long inode = inode(change.to());
        List<EpollWatch> stale = stale(now, inode);
        for (int round = 0; !lasting(stale).isEmpty(); round++) {
            replace(lasting(EpollWatches.now().of(number)), change.from());
            if (round == MOST_ROUNDS) {
                cookie = Libc.socketCookie(number);
                isPublic = change.wasPublic();
                throw new IOException("listener " + name + ": selectors register it faster than it can be plugged in");
            }
            selected = replace(lasting(EpollWatches.now().of(number)), change.to());
            stale = stale(EpollWatches.now(), inode);
        }
        wakeVirtualThreads(stale);
        return selected;
    }

    /** All that goes with the last change has been done. */
    synchronized void settled() {
        isSettled = true;
    }

    private List<EpollWatch> stale(EpollWatches now, long inode) {
        return now.of(number).stream().filter(watch -> watch.inode() != inode).toList();
    }

    /** @return whether there were watches, which the program may have ended since they were listed */
    private boolean replace(List<EpollWatch> listed, Fd to) throws IOException {
        List<EpollWatch> deleted = new ArrayList<>();
        try {
            for (EpollWatch watch : listed) {
                if (Libc.epollDelete(watch.epoll(), number)) {
                    deleted.add(watch);
                }
            }
            Libc.replace(number, to);
        } finally {
            for (EpollWatch watch : deleted) {
                Libc.epollAdd(watch.epoll(), number, watch.events(), watch.data());
            }
        }
        return !deleted.isEmpty();
    }

    /** Those of selectors. */
    private static List<EpollWatch> lasting(List<EpollWatch> watches) {
        return watches.stream().filter(watch -> !watch.isOnce()).toList();
    }

    /**
     * Lets what was waited for at the description that has left be waited for at the one that has come. Watches of this
     * kind stay where they are: each fires once more at most, to a thread that then looks again; and Java arms them or
     * adds them by itself, but would throw if one that it has just missed were there a moment later.
     */
    private void wakeVirtualThreads(List<EpollWatch> stale) throws IOException {
        for (EpollWatch watch : stale) {
            Libc.epollArm(watch.epoll(), number, watch.armed(), watch.data());
        }
    }

    private static long inode(Fd socket) throws IOException {
        String target = Descriptors.target(socket.number());
        if (!target.startsWith("socket:[")) {
            throw new IOException(socket + " is no socket but " + target);
        }
        return Long.parseLong(target.substring("socket:[".length(), target.length() - 1));
    }

    /** {@link #privateAddress} as {@link dev.baton.handover.ListenAddress} reads it. */
    public String privateAddressText() {
        return privateAddress instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : "unix:" + privateAddress;
    }

    @Override
    public String toString() {
        return name + "@" + privateAddressText() + (isPublic() ? " public" : " private");
    }
}
