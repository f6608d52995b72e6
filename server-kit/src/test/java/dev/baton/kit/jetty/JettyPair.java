package dev.baton.kit.jetty;

import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.TestWorkers;
import dev.baton.kit.Worker;
import dev.baton.kit.connection.RateLimit;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.ConnectionStatistics;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketClose;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketMessage;
import org.eclipse.jetty.websocket.api.annotations.WebSocket;
import org.eclipse.jetty.websocket.core.internal.MessageHandler;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** Generations of a Jetty server in this JVM, each on a worker of its own, under one supervisor. */
final class JettyPair implements AutoCloseable {
    /** Bytes: more than the buffers between two sockets hold. */
    private static final int FLOOD = 32 << 20;

    /** Bytes: more than a small receive buffer holds, and less than that and a send buffer. */
    static final int OTHER_HALF = 16 << 10;

    private static final HttpField EVENT_STREAM =
            new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "text/event-stream;charset=utf-8");

    private final FakeSupervisor supervisor;
    private final InetSocketAddress address;
    private final List<Server> servers = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final int acceptors;
    private final RateLimit limit;
    /** Requests for /wait answer when this is open. */
    final CountDownLatch gate = new CountDownLatch(1);

    /** The paths that the program was asked for. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    /** Those in its log. */
    final List<String> logged = new CopyOnWriteArrayList<>();

    private SSLContext tls;
    private boolean tlsComesLast;
    private Duration idleTimeout;
    private boolean late;
    private int buffer;

    JettyPair(int acceptors) throws IOException {
        this(acceptors, null);
    }

    /** @param limit for every generation's connections; null for none */
    JettyPair(int acceptors, RateLimit limit) throws IOException {
        this.acceptors = acceptors;
        this.limit = limit;
        supervisor = FakeSupervisor.open();
        address = supervisor.listen("http", "127.0.0.1:0");
    }

    /** Servers are given their connectors once they have started, as Spring Boot does it. */
    JettyPair withLateConnectors() {
        late = true;
        return this;
    }

    /**
     * Generations from now on speak HTTP/1.1 alone, take long heads, and read so many bytes at a time: HTTP/2 would have
     * its own idea of that.
     */
    JettyPair withBuffersOf(int bytes) {
        buffer = bytes;
        return this;
    }

    /** Generations from now on speak TLS, and HTTP/1.1 within. */
    JettyPair withTls(SSLContext context) {
        tls = context;
        return this;
    }

    /** They name it as what they begin with, and not by its place. */
    JettyPair thatComesLast() {
        tlsComesLast = true;
        return this;
    }

    /** Generations from now on end connections on which nothing happens for so long; HTTP/2 with a stream is in a request. */
    JettyPair withIdleTimeoutOf(Duration timeout) {
        idleTimeout = timeout;
        return this;
    }

    InetSocketAddress address() {
        return address;
    }

    FakeSupervisor supervisor() {
        return supervisor;
    }

    /** Starts the next generation, which is ready and does not accept yet. */
    WorkerEnd start() throws Exception {
        int generation = servers.size() + 1;
        Worker worker = TestWorkers.attach(supervisor.environment(generation));
        Server server = new Server(new HoldingThreads());
        HttpConfiguration configuration = new HttpConfiguration();
        HoldingConnector connector =
                new HoldingConnector(server, acceptors, 2, new HttpConnectionFactory(configuration));
        if (buffer == 0) {
            HTTP2CServerConnectionFactory factory = new HTTP2CServerConnectionFactory(configuration);
            if (idleTimeout != null) {
                factory.setStreamIdleTimeout(-1);
            }
            connector.addConnectionFactory(factory);
        } else {
            configuration.setInputBufferSize(buffer);
            configuration.setRequestHeaderSize(32 * 1024);
        }
        if (tls != null) {
            SslContextFactory.Server certificate = new SslContextFactory.Server();
            certificate.setSslContext(tls);
            SslConnectionFactory factory = new SslConnectionFactory(certificate, "http/1.1");
            if (tlsComesLast) {
                connector.addConnectionFactory(factory);
                connector.setDefaultProtocol(factory.getProtocol());
            } else {
                connector.addFirstConnectionFactory(factory);
            }
        }
        if (idleTimeout != null) {
            connector.setIdleTimeout(idleTimeout.toMillis());
        }
        connector.setName("http");
        connector.setPort(1);
        connector.addBean(new ConnectionStatistics());
        if (limit != null) {
            RateLimitConnectionFactory.install(connector, limit);
        }
        server.addConnector(connector);
        WebSocketUpgradeHandler webSockets = WebSocketUpgradeHandler.from(server, container -> {
            container.addMapping("/ws", (request, response, callback) -> new Echo());
            container.addMapping("/ws-stubborn", (request, response, callback) -> new Stubborn());
        });
        webSockets.setHandler(new CoreEcho(new Answers(generation)));
        server.setHandler(webSockets);
        server.setRequestLog((request, response) -> logged.add(Request.getPathInContext(request)));
        JettyWorker.install(server, worker);
        if (late) {
            server.setConnectors(null);
            server.start();
            server.setConnectors(new Connector[] {connector});
            connector.start();
        } else {
            server.start();
        }
        worker.ready();
        servers.add(server);
        workers.add(worker);
        return supervisor.worker(generation);
    }

    Server server(int generation) {
        return servers.get(generation - 1);
    }

    /** A generation, as its program knows it. */
    Worker worker(int generation) {
        return workers.get(generation - 1);
    }

    HoldingThreads threads(int generation) {
        return (HoldingThreads) server(generation).getThreadPool();
    }

    HoldingConnector connector(int generation) {
        return (HoldingConnector) server(generation).getConnectors()[0];
    }

    /** Of all the connections that a generation has had. */
    ConnectionStatistics statistics(int generation) {
        return server(generation)
                .getConnectors()[0]
                .getContainedBeans(ConnectionStatistics.class)
                .iterator()
                .next();
    }

    /** A generation's end of a client's connection. */
    EndPoint endPoint(int generation, int clientPort) {
        return endPoints(generation).stream()
                .filter(its -> port(its).filter(port -> port == clientPort).isPresent())
                .findFirst()
                .orElseThrow();
    }

    /** Whether it has none any more; what is just being closed could be anybody's. */
    boolean hasGone(int generation, int clientPort) {
        return endPoints(generation).stream()
                .allMatch(its -> port(its).filter(port -> port != clientPort).isPresent());
    }

    /** Its client's; empty where it has been closed. */
    private static Optional<Integer> port(EndPoint endPoint) {
        return Optional.ofNullable((InetSocketAddress) endPoint.getRemoteSocketAddress())
                .map(InetSocketAddress::getPort);
    }

    /** All that a generation has. */
    Collection<EndPoint> endPoints(int generation) {
        return server(generation).getConnectors()[0].getConnectedEndPoints();
    }

    /** The next generation takes over from the last one, and takes its connections. */
    WorkerEnd upgrade(WorkerEnd from) throws Exception {
        WorkerEnd to = start();
        to.accept();
        from.park();
        supervisor.handOver(from, to, Duration.ofSeconds(20));
        return to;
    }

    @Override
    public void close() throws IOException {
        gate.countDown();
        for (Server server : servers) {
            try {
                server.stop();
            } catch (Exception e) {
                throw new IOException("a server did not stop", e);
            }
        }
        supervisor.close();
    }

    /** Says every text back, and to "flood" more than a client takes that does not read; at "give up" it disconnects. */
    @WebSocket
    public final class Echo {
        @OnWebSocketMessage
        public void onText(Session session, String text) {
            asked.add(text);
            if (text.equals("give up")) {
                session.disconnect();
                return;
            }
            String answer = text.equals("flood") ? " ".repeat(FLOOD) : text;
            session.sendText(answer, org.eclipse.jetty.websocket.api.Callback.NOOP);
        }
    }

    /** Does not come back from its end before the gate is open. */
    @WebSocket
    public final class Stubborn {
        @OnWebSocketClose
        public void onClose(int code, String reason) throws InterruptedException {
            gate.await();
        }
    }

    /** The same at /ws-core, for a program that uses Jetty's core alone, as those of Jakarta's API do. */
    private static final class CoreEcho extends org.eclipse.jetty.websocket.core.server.WebSocketUpgradeHandler {
        CoreEcho(Handler others) {
            addMapping("/ws-core", (WebSocketNegotiator) (request, response, upgraded) -> new MessageHandler() {
                @Override
                protected void onText(String text, Callback callback) {
                    sendText(text, callback, false);
                }
            });
            setHandler(others);
        }
    }

    private final class Answers extends Handler.Abstract {
        private final int generation;

        Answers(int generation) {
            this.generation = generation;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            String path = Request.getPathInContext(request);
            asked.add(path);
            if (path.startsWith("/wait")) {
                gate.await();
            }
            if (path.equals("/endless")) {
                response.getHeaders().put(EVENT_STREAM);
                response.write(false, BufferUtil.toBuffer("tick\n"), Callback.NOOP);
                return true; // and never completes the callback
            }
            if (path.equals("/ticking")) {
                response.getHeaders().put(EVENT_STREAM);
                tick(response, callback);
                return true;
            }
            if (path.equals("/wait-and-flood")) {
                response.getHeaders().put(EVENT_STREAM);
                response.write(false, ByteBuffer.allocate(FLOOD), callback);
                asked.add("/wait-and-flood begun");
                return true;
            }
            if (path.equals("/download")) {
                response.write(false, BufferUtil.toBuffer("half of it"), Callback.NOOP);
                return true; // and never completes the callback
            }
            if (path.equals("/half")) {
                Callback fails =
                        Callback.from(() -> callback.failed(new IOException("no more of it")), callback::failed);
                response.write(false, BufferUtil.toBuffer("half of it"), fails);
                return true;
            }
            if (path.equals("/early")) {
                response.write(true, BufferUtil.toBuffer("thanks\n"), Callback.NOOP);
                asked.add("/early " + Content.Source.asString(request));
                callback.succeeded();
                return true;
            }
            if (path.equals("/said")) {
                Callback sent = Callback.from(() -> asked.add("/said sent"), Callback.NOOP);
                response.write(
                        false,
                        BufferUtil.toBuffer("half of it"),
                        Callback.from(
                                () -> response.write(true, ByteBuffer.allocate(OTHER_HALF), sent), callback::failed));
                return true; // and never completes the callback
            }
            if (path.equals("/later")) {
                new Thread(() -> answerLater(response, callback)).start();
                return true;
            }
            if (path.equals("/fields")) {
                response.write(true, BufferUtil.toBuffer(request.getHeaders().asString()), callback);
                return true;
            }
            String body = path.equals("/echo")
                    ? Content.Source.asString(request)
                    : "gen=" + generation + " " + path + " from " + Request.getRemotePort(request) + "\n";
            response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
            return true;
        }

        /** Writes again and again until it cannot any more, and fails its exchange then, as what writes to a stream does. */
        private void tick(Response response, Callback callback) {
            Runnable again = () -> tick(response, callback);
            Callback written = Callback.from(
                    () -> getServer().getScheduler().schedule(again, 1, TimeUnit.MILLISECONDS), callback::failed);
            response.write(false, BufferUtil.toBuffer("tick\n"), written);
        }

        private void answerLater(Response response, Callback callback) {
            try {
                gate.await();
                response.write(true, BufferUtil.toBuffer("gen=" + generation + " later\n"), callback);
            } catch (InterruptedException e) {
                callback.failed(e);
            }
        }
    }
}
