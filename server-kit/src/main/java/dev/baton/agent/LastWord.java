package dev.baton.agent;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a response the last of its connection, {@code Connection: close}, RFC 9112 9.6. By reflection, for the classes are
 * the program's; and only while it drains.
 */
final class LastWord {
    private static final Logger LOG = LoggerFactory.getLogger(LastWord.class);

    private LastWord() {}

    /** On what {@link ServerWeaving} passes. */
    static void on(Object response, JettyServers jetty) {
        try {
            String type = response.getClass().getName();
            if (response instanceof Map<?, ?> headers) {
                close(headers);
            } else if (!type.startsWith("org.eclipse.jetty.")) {
                closeNetty(response);
            } else if (!jetty.isFollowing()) {
                response.getClass().getMethod("setPersistent", boolean.class).invoke(response, false);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("a response could not be made the last of its connection: {}", e.toString());
        }
    }

    /** {@code com.sun.net.httpserver.Headers}. */
    @SuppressWarnings("unchecked")
    private static void close(Map<?, ?> headers) {
        ((Map<String, List<String>>) headers).put("Connection", new ArrayList<>(List.of("close")));
    }

    /** {@code io.netty.handler.codec.http.HttpResponse}; an interim one, or one that switches protocols, is none. */
    private static void closeNetty(Object response) throws ReflectiveOperationException {
        ClassLoader loader = response.getClass().getClassLoader();
        Object status = call(loader, "HttpResponse", "status", response);
        if ((Integer) call(loader, "HttpResponseStatus", "code", status) < 200) {
            return;
        }
        Object headers = call(loader, "HttpMessage", "headers", response);
        type(loader, "HttpHeaders").getMethod("set", String.class, Object.class).invoke(headers, "Connection", "close");
    }

    private static Object call(ClassLoader loader, String type, String method, Object on)
            throws ReflectiveOperationException {
        try {
            return type(loader, type).getMethod(method).invoke(on);
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(type + "." + method + ": " + e.getCause(), e);
        }
    }

    private static Class<?> type(ClassLoader loader, String name) throws ClassNotFoundException {
        return Class.forName("io.netty.handler.codec.http." + name, false, loader);
    }
}
