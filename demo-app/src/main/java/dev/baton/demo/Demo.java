package dev.baton.demo;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ServerConnector;

/**
 * The demo application, running.
 *
 * <p>Ownership: it closes its footing. Order: started, then awaited or closed, once.
 */
final class Demo implements Closeable {
    private final Footing footing;
    private final Web web;
    private final LineService lines;
    private final Map<String, LineListener> lineListeners = new LinkedHashMap<>();
    private final CountDownLatch drained = new CountDownLatch(1);

    private Demo(Footing footing, Web web, LineService lines) {
        this.footing = footing;
        this.web = web;
        this.lines = lines;
    }

    /**
     * Starts it, and says that it is ready.
     *
     * @param attaching what to stand on; it may take its time, in which the rest is made ready
     * @param whenAlone where to listen if no supervisor says so
     * @param keyStore the certificate's, for what speaks TLS
     * @param counting whether the line service counts the lines of each client
     */
    static Demo start(Future<Footing> attaching, String label, List<Binding> whenAlone, Path keyStore, boolean counting)
            throws Exception {
        Web web = new Web(keyStore);
        Footing footing = result(attaching);
        Identity identity = Identity.ofThisProcess(label, footing.generation());
        web.serve(new Pages(identity));
        Demo demo = new Demo(footing, web, new LineService(identity, counting));
        try {
            demo.bind(footing.bindings(whenAlone));
            return demo;
        } catch (Exception e) {
            demo.close();
            throw e;
        }
    }

    private static Footing result(Future<Footing> attaching) throws Exception {
        try {
            return attaching.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private void bind(List<Binding> bindings) throws Exception {
        for (Binding binding : bindings) {
            if (binding.speaksHttp()) {
                web.add(binding);
            } else {
                lineListeners.put(binding.name(), footing.listen(binding));
            }
        }
        footing.install(web.server());
        web.server().start();
        lineListeners.values().forEach(lines::serve);
        footing.ready(drained::countDown);
    }

    /** Which generation answers. */
    int generation() {
        return footing.generation();
    }

    /** Where each listener is bound. */
    Map<String, SocketAddress> addresses() throws IOException {
        Map<String, SocketAddress> addresses = new LinkedHashMap<>();
        for (Connector connector : web.server().getConnectors()) {
            ServerConnector http = (ServerConnector) connector;
            String host = http.getHost() == null ? "127.0.0.1" : http.getHost();
            addresses.put(http.getName(), new InetSocketAddress(host, http.getLocalPort()));
        }
        for (Map.Entry<String, LineListener> line : lineListeners.entrySet()) {
            addresses.put(line.getKey(), line.getValue().address());
        }
        return addresses;
    }

    /** Waits until the next version has taken over everything; alone, for ever. */
    void awaitDrained() throws InterruptedException {
        drained.await();
    }

    @Override
    public void close() throws IOException {
        for (LineListener listener : lineListeners.values()) {
            listener.close();
        }
        lines.close();
        try {
            web.server().stop();
        } catch (Exception e) {
            throw new IOException("Jetty did not stop: " + e.getMessage(), e);
        } finally {
            footing.close();
        }
    }
}
