package dev.baton.kit.connection;

import dev.baton.kit.Duplex;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/**
 * A connection's streams as the socket that {@code SSLSocketFactory} wants to lie over. It is open for as long as TLS
 * asks, and its close closes nothing: that is done below, after a linger. What TLS asks is answered here, or {@code
 * Socket} would open one of its own to ask, which nobody would close.
 */
final class StreamSocket extends Socket {
    private final Duplex streams;
    private boolean closed;

    StreamSocket(Duplex streams) {
        this.streams = streams;
    }

    @Override
    public InputStream getInputStream() {
        return streams.input();
    }

    @Override
    public OutputStream getOutputStream() {
        return streams.output();
    }

    @Override
    public InetAddress getInetAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public int getPort() {
        return 0;
    }

    @Override
    public int getLocalPort() {
        return -1;
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    @Override
    public void shutdownInput() {}

    @Override
    public void shutdownOutput() {}

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public boolean getTcpNoDelay() {
        return true;
    }

    @Override
    public void setSoTimeout(int timeout) {}

    @Override
    public int getSoTimeout() {
        return 0;
    }

    @Override
    public int getSoLinger() {
        return -1;
    }
}
