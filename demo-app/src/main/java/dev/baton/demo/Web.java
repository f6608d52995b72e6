package dev.baton.demo;

import java.io.IOException;
import java.nio.file.Path;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/** An ordinary Jetty: HTTP/1.1 and h2c on one port, HTTP/1.1 and h2 over TLS on another. */
final class Web {
    private static final int THREADS_BESIDES_SELECTORS = 24;
    private static final int HEADER_SIZE = 16 * 1024;

    private final QueuedThreadPool threads = new QueuedThreadPool(THREADS_BESIDES_SELECTORS, 4);
    private final Server server = new Server(threads);
    private final Path keyStore;

    /** @param keyStore only read, or made, where a binding speaks TLS */
    Web(Path keyStore) {
        this.keyStore = keyStore;
        threads.setName("http");
        ServerWebSocketContainer.ensure(server);
    }

    void serve(Pages pages) {
        server.setHandler(pages);
    }

    Server server() {
        return server;
    }

    void add(Binding binding) throws IOException {
        ServerConnector connector = new ServerConnector(server, null, null, null, 1, 1, protocols(binding));
        connector.setName(binding.name());
        connector.setAcceptQueueSize(PlainFooting.BACKLOG);
        if (binding.address() != null) {
            connector.setHost(
                    binding.address().getAddress().isAnyLocalAddress()
                            ? null
                            : binding.address().getAddress().getHostAddress());
            connector.setPort(binding.address().getPort());
        }
        connector.setInheritChannel(binding.socket() == Binding.Socket.INHERITED);
        connector.setReusePort(binding.socket() == Binding.Socket.SHARED);
        server.addConnector(connector);
        threads.setMaxThreads(threads.getMaxThreads() + 2);
    }

    private ConnectionFactory[] protocols(Binding binding) throws IOException {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(HEADER_SIZE);
        HttpConnectionFactory http = new HttpConnectionFactory(configuration);
        if (!binding.speaksTls()) {
            return new ConnectionFactory[] {http, new HTTP2CServerConnectionFactory(configuration)};
        }
        // The certificate is for localhost, and clients come by whatever name this machine has.
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        ALPNServerConnectionFactory negotiation = new ALPNServerConnectionFactory();
        negotiation.setDefaultProtocol(http.getProtocol());
        return new ConnectionFactory[] {
            new SslConnectionFactory(tls(), negotiation.getProtocol()),
            negotiation,
            new HTTP2ServerConnectionFactory(configuration),
            http
        };
    }

    private SslContextFactory.Server tls() throws IOException {
        Certificate.ensure(keyStore);
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStorePath(keyStore.toString());
        tls.setKeyStorePassword(Certificate.PASSWORD);
        return tls;
    }
}
