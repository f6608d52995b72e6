package dev.baton.demo;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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

    private Demo(Footing footing, Identity identity, int bindings, Path keyStore, boolean counting) {
        this.footing = footing;
        web = new Web(new Pages(identity), bindings, keyStore);
        lines = new LineService(identity, counting);
    }

    /**
     * Starts it, and says that it is ready.
     *
     * @param whenAlone where to listen if no supervisor says so
     * @param keyStore the certificate's, for what speaks TLS
     * @param counting whether the line service counts the lines of each client
     */
    static Demo start(Footing footing, String label, List<Binding> whenAlone, Path keyStore, boolean counting)
            throws Exception {
        List<Binding> bindings = footing.bindings(whenAlone);
        Identity identity = Identity.ofThisProcess(label, footing.generation());
        Demo demo = new Demo(footing, identity, bindings.size(), keyStore, counting);
        try {
            demo.bind(bindings);
            return demo;
        } catch (Exception e) {
            demo.close();
            throw e;
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

    /** Where each listener is bound. */
    Map<String, InetSocketAddress> addresses() throws IOException {
        Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
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
