package dev.baton.supervisor.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DoorTest {
    private final BlockingQueue<SocketChannel> inside = new LinkedBlockingQueue<>();
    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(listener.getLocalAddress());
    }

    @Test
    void acceptingThatFailsIsTriedAgain() throws Exception {
        AtomicInteger failures = new AtomicInteger(1);
        try (Door door = Door.open(new Failing(listener, failures), client -> true, inside::add);
                SocketChannel client = connect()) {
            try (SocketChannel taken = inside.poll(30, TimeUnit.SECONDS)) {
                assertEquals(client.getLocalAddress(), taken.getRemoteAddress());
            }
            assertTrue(failures.get() < 0);
            assertEquals(listener.getLocalAddress(), door.address());
        }
        assertFalse(listener.isOpen());
    }

    @Test
    void clientWhomNobodyCanTakeIsClosedAndTheNextIsTaken() throws Exception {
        AtomicInteger comers = new AtomicInteger();
        Door.House house = client -> {
            switch (comers.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("as this test wants it");
                case 2 -> throw new IOException("as this test wants it");
                case 3 -> throw new OutOfMemoryError("unable to create native thread, as this test wants it");
                case 4 -> throw new NoClassDefFoundError("as this test wants it");
                default -> inside.add(client);
            }
        };
        try (Door door = Door.open(listener, client -> true, house)) {
            for (int i = 0; i < 4; i++) {
                try (SocketChannel client = connect()) {
                    assertEquals(-1, client.socket().getInputStream().read());
                }
            }
            try (SocketChannel client = connect();
                    SocketChannel taken = inside.poll(30, TimeUnit.SECONDS)) {
                assertEquals(client.getLocalAddress(), taken.getRemoteAddress());
            }
            assertEquals(listener.getLocalAddress(), door.address());
        }
    }

    /** Fails to accept, as accept(2) does without a descriptor left, so many times. */
    private static final class Failing extends ServerSocketChannel {
        private final ServerSocketChannel real;
        private final AtomicInteger failures;

        Failing(ServerSocketChannel real, AtomicInteger failures) {
            super(SelectorProvider.provider());
            this.real = real;
            this.failures = failures;
        }

        @Override
        public SocketChannel accept() throws IOException {
            if (!real.isOpen()) {
                throw new ClosedChannelException();
            }
            if (failures.getAndDecrement() > 0) {
                throw new IOException("Too many open files");
            }
            return real.accept();
        }

        @Override
        public SocketAddress getLocalAddress() throws IOException {
            return real.getLocalAddress();
        }

        @Override
        protected void implCloseSelectableChannel() throws IOException {
            real.close();
        }

        @Override
        protected void implConfigureBlocking(boolean block) throws IOException {
            real.configureBlocking(block);
        }

        @Override
        public ServerSocketChannel bind(SocketAddress local, int backlog) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> T getOption(SocketOption<T> name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return Set.of();
        }

        @Override
        public ServerSocket socket() {
            throw new UnsupportedOperationException();
        }
    }
}
