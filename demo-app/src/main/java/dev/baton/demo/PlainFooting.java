package dev.baton.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.eclipse.jetty.server.Server;

/** The JDK alone, as in a program that never heard of Baton. */
final class PlainFooting implements Footing {
    /** More than a burst of new clients; the JDK's own choice is 50. */
    static final int BACKLOG = 4096;

    private static final byte[] NOTHING = {};

    @Override
    public int generation() {
        String generation = System.getenv("BATON_GENERATION");
        return generation != null && generation.matches("\\d{1,9}") ? Integer.parseInt(generation) : 0;
    }

    @Override
    public List<Binding> bindings(List<Binding> whenAlone) {
        return whenAlone;
    }

    @Override
    public void install(Server server) {
        // Jetty binds by itself.
    }

    @Override
    public LineListener listen(Binding binding) throws IOException {
        try {
            return new Listener(new ServerSocket(
                    binding.address().getPort(), BACKLOG, binding.address().getAddress()));
        } catch (IOException e) {
            throw new IOException("can't bind " + binding.name() + " " + binding.address() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void ready(Runnable whenDrained) {
        // Nobody asks.
    }

    @Override
    public void close() {
        // Who listened closes.
    }

    private record Listener(ServerSocket socket) implements LineListener {
        @Override
        public boolean isOpen() {
            return !socket.isClosed();
        }

        @Override
        public LineConnection accept() throws IOException {
            return new Connection(socket.accept());
        }

        @Override
        public InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private record Connection(Socket socket) implements LineConnection {
        @Override
        public InputStream input() throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream output() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public byte[] state() {
            return NOTHING;
        }

        @Override
        public boolean quiet(byte[] state) {
            return true;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
