package dev.baton.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** @param handler {@code Http2UpgradeHandler}, or what it has become by now */
record TomcatHttp2(Object handler) implements Http2Connection {
    static final String PACKAGE = "org.apache.coyote.http2.";

    /** Its own way: a second GOAWAY follows a round trip later, and names the last stream. */
    @Override
    public void goAway() throws ReflectiveOperationException {
        own().call("pause");
    }

    @Override
    public SocketAddress remote() throws ReflectiveOperationException {
        Object socket = own().field("socketWrapper");
        Reflected wrapper = new Reflected(socket.getClass(), socket);
        return new InetSocketAddress((String) wrapper.get("getRemoteAddr").value(), (Integer)
                wrapper.get("getRemotePort").value());
    }

    @Override
    public boolean isIdle() throws ReflectiveOperationException {
        return ((AtomicInteger) own().field("activeRemoteStreamCount")).get() == 0;
    }

    private Reflected own() {
        return new Reflected(handler.getClass(), handler);
    }
}
