package dev.baton.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** The demo in this process, on ports that were free. */
final class RunningDemo implements AutoCloseable {
    private final Demo demo;

    private RunningDemo(Demo demo) {
        this.demo = demo;
    }

    static RunningDemo start(Callable<Footing> footing, boolean counting) throws Exception {
        return start(footing, null, counting);
    }

    /** @param keyStore null for no TLS */
    static RunningDemo start(Callable<Footing> footing, Path keyStore, boolean counting) throws Exception {
        List<Binding> bindings = new ArrayList<>();
        bindings.add(new Binding("http", anyPort()));
        bindings.add(new Binding("line", anyPort()));
        if (keyStore != null) {
            bindings.add(new Binding("https", anyPort()));
        }
        FutureTask<Footing> attaching = new FutureTask<>(footing);
        attaching.run();
        return new RunningDemo(Demo.start(attaching, "v7", bindings, keyStore, counting));
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    InetSocketAddress address(String listener) throws Exception {
        return (InetSocketAddress) demo.addresses().get(listener);
    }

    URI http(String path) throws Exception {
        return URI.create("http://127.0.0.1:" + address("http").getPort() + path);
    }

    URI https(String path) throws Exception {
        return URI.create("https://localhost:" + address("https").getPort() + path);
    }

    @Override
    public void close() throws IOException {
        demo.close();
    }
}
