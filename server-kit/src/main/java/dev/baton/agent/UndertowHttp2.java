package dev.baton.agent;

import java.lang.reflect.Constructor;
import java.net.SocketAddress;
import java.util.Map;

/** @param channel {@code Http2Channel} */
record UndertowHttp2(Object channel) implements Http2Connection {
    static final String PACKAGE = "io.undertow.protocols.http2.";

    /** As it sends one itself, but for the stream, and it does not hear of it; {@link ServerWeaving} sees to it that no end follows. */
    @Override
    public void goAway() throws ReflectiveOperationException {
        Reflected own = own();
        if (!(Boolean) own.get("isClient").value()) {
            Constructor<?> frame = Class.forName(
                            PACKAGE + "Http2GoAwayStreamSinkChannel",
                            false,
                            own.type().getClassLoader())
                    .getDeclaredConstructor(own.type(), int.class, int.class);
            frame.setAccessible(true);
            Reflected goAway =
                    new Reflected(frame.getDeclaringClass(), frame.newInstance(channel, NO_ERROR, NO_LAST_STREAM));
            goAway.get("shutdownWrites");
            goAway.get("flush");
        }
    }

    @Override
    public SocketAddress remote() throws ReflectiveOperationException {
        return (SocketAddress) own().get("getPeerAddress").value();
    }

    @Override
    public boolean isIdle() throws ReflectiveOperationException {
        return ((Map<?, ?>) own().field("currentStreams")).isEmpty();
    }

    private Reflected own() throws ClassNotFoundException {
        return Reflected.as(PACKAGE + "Http2Channel", channel);
    }
}
