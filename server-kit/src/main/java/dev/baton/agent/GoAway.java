package dev.baton.agent;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Asks a client of HTTP/2, on Netty's codec or Tomcat's, to begin nothing more on its connection, RFC 9113 6.8: by a GOAWAY that names
 * no last stream, so that whatever is on its way is answered. The client closes the connection when it has its answers, and has another
 * one for the next request. By reflection, for the classes are the program's, perhaps moved to another package; and only while it drains.
 */
final class GoAway {
    private static final String NETTY = "io.netty.";
    private static final String CONTEXT = NETTY + "channel.ChannelHandlerContext";
    private static final long NO_ERROR = 0;

    /** Answers nothing that comes behind a GOAWAY, whatever that says: such a server is left alone. */
    private static final String VERTX = "io.vertx.";

    /** {@code Http2UpgradeHandler}, and what it has become by now. */
    private static final String TOMCAT = "org.apache.coyote.http2.";

    private GoAway() {}

    /** Whether this is what writes a response of HTTP/2. */
    static boolean isFor(Object writer) {
        return isTomcat(writer) || type(writer).isPresent();
    }

    /** Once for each connection. */
    static void on(Object writer) throws ReflectiveOperationException {
        if (isTomcat(writer)) {
            byTomcat(writer);
        } else {
            byNetty(writer);
        }
    }

    private static boolean isTomcat(Object writer) {
        return writer.getClass().getName().startsWith(TOMCAT);
    }

    /** It has its own way: a second GOAWAY follows a round trip later, and names the last stream. */
    private static void byTomcat(Object handler) throws ReflectiveOperationException {
        Method pause = handler.getClass().getMethod("pause");
        pause.trySetAccessible();
        pause.invoke(handler);
    }

    private static Optional<Class<?>> type(Object context) {
        return Stream.<Class<?>>iterate(context.getClass(), c -> c != null, Class::getSuperclass)
                .flatMap(c -> Arrays.stream(c.getInterfaces()))
                .filter(c -> c.getName().endsWith(CONTEXT))
                .findFirst();
    }

    /**
     * Not where the program is the client.
     *
     * @param context {@code io.netty.channel.ChannelHandlerContext} of an {@code Http2ConnectionHandler}, on its thread
     */
    private static void byNetty(Object context) throws ReflectiveOperationException {
        Class<?> type = type(context).orElseThrow();
        String prefix = type.getName().substring(0, type.getName().length() - CONTEXT.length());
        Object handler = type.getMethod("handler").invoke(context);
        ClassLoader loader = handler.getClass().getClassLoader();
        Class<?> http2 = Class.forName(prefix + NETTY + "handler.codec.http2.Http2ConnectionHandler", false, loader);
        Method connection = http2.getMethod("connection");
        boolean answersAll = !handler.getClass().getName().startsWith(VERTX);
        if (answersAll && is("isServer", connection, handler) && !is("goAwaySent", connection, handler)) {
            Method goAway = Arrays.stream(http2.getMethods())
                    .filter(method -> method.getName().equals("goAway") && method.getParameterCount() == 5)
                    .findFirst()
                    .orElseThrow(() -> new NoSuchMethodException(http2 + ".goAway"));
            Object nothing = Class.forName(prefix + NETTY + "buffer.Unpooled", false, loader)
                    .getField("EMPTY_BUFFER")
                    .get(null);
            Object promise = type.getMethod("newPromise").invoke(context);
            goAway.invoke(handler, context, Integer.MAX_VALUE, NO_ERROR, nothing, promise);
        }
    }

    private static boolean is(String what, Method connection, Object handler) throws ReflectiveOperationException {
        return (Boolean) connection.getReturnType().getMethod(what).invoke(connection.invoke(handler));
    }
}
