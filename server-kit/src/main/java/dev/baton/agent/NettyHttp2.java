package dev.baton.agent;

import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * On Netty's codec, gRPC's and Vert.x' too. The codec does not hear of the GOAWAY: Vert.x answers nothing behind one,
 * whatever it says.
 *
 * @param context of an {@code Http2ConnectionHandler}
 */
record NettyHttp2(Object context) implements Http2Connection {
    private static final String PACKAGE = "io.netty.";
    private static final String CONTEXT = PACKAGE + "channel.ChannelHandlerContext";

    @Override
    public void goAway() throws ReflectiveOperationException {
        if ((Boolean) handler().get("connection").get("isServer").value()) {
            Executor loop =
                    (Executor) new Reflected(type(), context).get("executor").value();
            loop.execute(this::write);
        }
    }

    private void write() {
        try {
            Object nothing = Class.forName(moved("buffer.Unpooled"), false, type().getClassLoader())
                    .getField("EMPTY_BUFFER")
                    .get(null);
            Reflected own = new Reflected(type(), context);
            Object promise = own.call("newPromise").value();
            handler()
                    .get("encoder")
                    .get("frameWriter")
                    .call("writeGoAway", context, NO_LAST_STREAM, (long) NO_ERROR, nothing, promise);
            own.get("flush");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot write a GOAWAY", e); // for Netty to log
        }
    }

    @Override
    public SocketAddress remote() throws ReflectiveOperationException {
        return (SocketAddress) new Reflected(type(), context)
                .get("channel")
                .get("remoteAddress")
                .value();
    }

    @Override
    public boolean isIdle() throws ReflectiveOperationException {
        return (Integer) handler().get("connection").get("numActiveStreams").value() == 0;
    }

    private Reflected handler() throws ReflectiveOperationException {
        return Reflected.as(
                moved("handler.codec.http2.Http2ConnectionHandler"),
                new Reflected(type(), context).get("handler").value());
    }

    /** The name of a class of Netty's, where this context's is. */
    private String moved(String name) {
        String own = type().getName();
        return own.substring(0, own.length() - CONTEXT.length()) + PACKAGE + name;
    }

    private Class<?> type() {
        return Stream.<Class<?>>iterate(context.getClass(), c -> c != null, Class::getSuperclass)
                .flatMap(c -> Arrays.stream(c.getInterfaces()))
                .filter(c -> c.getName().endsWith(CONTEXT))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(context.getClass() + " is none of Netty's contexts"));
    }
}
