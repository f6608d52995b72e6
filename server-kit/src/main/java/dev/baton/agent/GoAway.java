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

    /**
     * Once for each connection.
     *
     * @return false where this is not what writes a response of HTTP/2
     */
    static boolean by(Object writer) throws ReflectiveOperationException {
        if (writer.getClass().getName().startsWith(TOMCAT)) {
            byTomcat(writer);
            return true;
        }
        Optional<Class<?>> context = contextOf(writer.getClass());
        if (context.isPresent()) {
            byNetty(writer, context.get());
        }
        return context.isPresent();
    }

    /** It has its own way: a second GOAWAY follows a round trip later, and names the last stream. */
    private static void byTomcat(Object handler) throws ReflectiveOperationException {
        Method pause = handler.getClass().getMethod("pause");
        pause.trySetAccessible();
        pause.invoke(handler);
    }

    private static Optional<Class<?>> contextOf(Class<?> type) {
        return Stream.<Class<?>>iterate(type, c -> c != null, Class::getSuperclass)
                .flatMap(c -> Arrays.stream(c.getInterfaces()))
                .filter(c -> c.getName().endsWith(CONTEXT))
                .findFirst();
    }

    /**
     * Not where the program is the client.
     *
     * @param context of an {@code Http2ConnectionHandler}, on its thread
     * @param type {@code io.netty.channel.ChannelHandlerContext}
     */
    private static void byNetty(Object context, Class<?> type) throws ReflectiveOperationException {
        String prefix = type.getName().substring(0, type.getName().length() - CONTEXT.length());
        Object handler = type.getMethod("handler").invoke(context);
        ClassLoader loader = handler.getClass().getClassLoader();
        Class<?> http2 = Class.forName(prefix + NETTY + "handler.codec.http2.Http2ConnectionHandler", false, loader);
        Method method = http2.getMethod("connection");
        Object connection = method.invoke(handler);
        boolean answersAll = !handler.getClass().getName().startsWith(VERTX);
        if (answersAll
                && is("isServer", connection, method.getReturnType())
                && !is("goAwaySent", connection, method.getReturnType())) {
            Method goAway = Arrays.stream(http2.getMethods())
                    .filter(each -> each.getName().equals("goAway") && each.getParameterCount() == 5)
                    .findFirst()
                    .orElseThrow(() -> new NoSuchMethodException(http2 + ".goAway"));
            Object nothing = Class.forName(prefix + NETTY + "buffer.Unpooled", false, loader)
                    .getField("EMPTY_BUFFER")
                    .get(null);
            Object promise = type.getMethod("newPromise").invoke(context);
            goAway.invoke(handler, context, Integer.MAX_VALUE, NO_ERROR, nothing, promise);
        }
    }

    private static boolean is(String what, Object connection, Class<?> type) throws ReflectiveOperationException {
        return (Boolean) type.getMethod(what).invoke(connection);
    }
}
