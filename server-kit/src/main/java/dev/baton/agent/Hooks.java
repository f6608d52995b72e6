package dev.baton.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What {@link Bridge} passes on; in the bootstrap loader like it. */
public interface Hooks {
    InetAddress address(FileDescriptor fd, int number, InetAddress wanted, int port) throws IOException;

    int port(FileDescriptor fd, int wanted);

    Path path(FileDescriptor fd, int number, Path wanted) throws IOException;

    Path deleting(Path wanted) throws IOException;

    InetSocketAddress localAddress(InetSocketAddress bound, FileDescriptor fd);

    UnixDomainSocketAddress localAddress(UnixDomainSocketAddress bound, FileDescriptor fd);

    void listening(FileDescriptor fd, int number) throws IOException;

    boolean blocking(FileDescriptor fd, boolean wanted);

    void accepted(FileDescriptor listener, int result, FileDescriptor connection, int number);

    ProtocolFamily family(int number, ProtocolFamily supposed);

    void closing(FileDescriptor fd);

    boolean keepsAlive(boolean wanted, int status);

    void answering(Object response);

    void speaksHttp2(Object connection);

    void answers(Object generator, int status, ByteBuffer head);

    void serverMade(Object server);

    InetSocketAddress knock(InetSocketAddress wanted);
}
