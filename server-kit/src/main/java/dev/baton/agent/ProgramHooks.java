package dev.baton.agent;

import dev.baton.handover.Libc;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What happens in the program, told apart: the listeners that are supervised, the connections accepted from them, the
 * servers that can be told to end them, and all else, which is let be.
 *
 * <p>Threading: any of the program's. Nothing here waits or locks for a socket that is not ours.
 */
final class ProgramHooks implements Hooks {
    private final Listeners listeners;
    private final JettyServers jetty;

    ProgramHooks(Listeners listeners, Instrumentation instrumentation) {
        this.listeners = listeners;
        this.jetty = new JettyServers(listeners, instrumentation);
    }

    void standBack() {
        listeners.standBack();
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
    public Path deleting(Path wanted) throws IOException {
        return listeners.deleting(wanted);
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
            if (result > 0 && !ours.get().isServedPolitely()) {
                listeners.accepted().add(ours.get(), connection, number);
            }
        }
    }

    @Override
    public boolean keepsAlive(boolean wanted, int status) {
        return wanted && !(LastWord.canBe(status) && listeners.accepted().isDraining());
    }

    @Override
    public void answering(Object response) {
        if (listeners.accepted().isDraining()) {
            LastWord.on(response);
        }
    }

    @Override
    public void speaksHttp2(Object connection) {
        listeners.accepted().http2().add(connection);
    }

    @Override
    public void answers(Object generator, int status, ByteBuffer head) {
        if (listeners.accepted().isDraining() && !jetty.isFollowing()) {
            LastWord.in(head, status, generator);
        }
    }

    @Override
    public void serverMade(Object server) {
        jetty.follow(server);
    }

    @Override
    public InetSocketAddress knock(InetSocketAddress wanted) {
        return listeners.knock(wanted);
    }

    /** The JDK takes every socket for one of IPv6, where there is that; from a listener of IPv4 come others. */
    @Override
    public ProtocolFamily family(int number, ProtocolFamily supposed) {
        return supposed == StandardProtocolFamily.INET6 && Libc.isInet4(number)
                ? StandardProtocolFamily.INET
                : supposed;
    }

    @Override
    public void closing(FileDescriptor fd) {
        listeners.closing(fd);
        listeners.accepted().remove(fd);
    }
}
