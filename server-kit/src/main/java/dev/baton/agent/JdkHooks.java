package dev.baton.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What happens to the sockets of the JDK, told apart: the listeners that are supervised, the connections accepted from
 * them, and all others, which are let be.
 *
 * <p>Threading: any of the program's. Nothing here waits or locks for a socket that is not ours.
 */
final class JdkHooks implements Hooks {
    private final Listeners listeners;

    JdkHooks(Listeners listeners) {
        this.listeners = listeners;
    }

    @Override
    public InetAddress address(FileDescriptor fd, int number, InetAddress wanted, int port) throws IOException {
        return listeners.claim(fd, number, new InetSocketAddress(wanted, port))
                ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
                : wanted;
    }

    @Override
    public int port(FileDescriptor fd, int wanted) {
        return listeners.find(fd).isPresent() ? 0 : wanted;
    }

    @Override
    public Path path(FileDescriptor fd, int number, Path wanted) throws IOException {
        return listeners.claim(fd, number, wanted).orElse(wanted);
    }

    @Override
    public InetSocketAddress localAddress(InetSocketAddress bound, FileDescriptor fd) {
        Optional<ProgramListener> ours = listeners.find(fd);
        return ours.isPresent() ? (InetSocketAddress) ours.get().wanted() : bound;
    }

    @Override
    public UnixDomainSocketAddress localAddress(UnixDomainSocketAddress bound, FileDescriptor fd) {
        Optional<ProgramListener> ours = listeners.find(fd);
        return ours.isPresent() ? (UnixDomainSocketAddress) ours.get().wanted() : bound;
    }

    @Override
    public void listening(FileDescriptor fd, int number) throws IOException {
        listeners.listening(fd, number);
    }

    /** The description under a supervised listener is shared: made blocking, it would freeze other processes too. */
    @Override
    public boolean blocking(FileDescriptor fd, boolean wanted) {
        return wanted && listeners.find(fd).isEmpty();
    }

    @Override
    public void accepted(FileDescriptor listener, int result, FileDescriptor connection, int number) {
        Optional<ProgramListener> ours = listeners.find(listener);
        if (ours.isPresent()) {
            ours.get().onAccept();
            if (result > 0) {
                listeners.accepted().add(ours.get(), connection, number);
            }
        }
    }

    @Override
    public void closing(FileDescriptor fd) {
        listeners.closing(fd);
        listeners.accepted().remove(fd);
    }
}
