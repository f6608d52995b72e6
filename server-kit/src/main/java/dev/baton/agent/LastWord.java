package dev.baton.agent;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
    private static final byte[] CLOSE = "Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int END_OF_LINE = 2;

    private LastWord() {}

    /** An interim response is followed by another one, and a switch of protocols by what is no longer HTTP/1. */
    static boolean canBe(int status) {
        return status >= 200;
    }

    /** On what {@link ServerWeaving} passes. */
    static void on(Object response) {
        try {
            if (response instanceof Map<?, ?> headers) {
                close(headers);
            } else if (response.getClass().getName().equals("io.undertow.server.HttpServerExchange")) {
                closeUndertow(response);
            } else {
                closeNetty(response);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            warn(e);
        }
    }

    /**
     * In a head that Jetty has written. Only then is it decided how the body ends, which a generator told earlier would
     * let the end of the connection do; and of a response without a body it would not say that it is the last.
     * Where a client of HTTP/1.0 has been told {@code keep-alive} before, {@code close} overrides it (RFC 9112 9.3).
     */
    static void in(ByteBuffer head, int status, Object generator) {
        if (!canBe(status) || head.remaining() < CLOSE.length - END_OF_LINE) {
            return;
        }
        try {
            Class<?> type = generator.getClass();
            if ((Boolean) type.getMethod("isPersistent").invoke(generator)) {
                head.position(head.position() - END_OF_LINE).put(CLOSE);
                type.getMethod("setPersistent", boolean.class).invoke(generator, false);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            warn(e);
        }
    }

    private static void warn(Exception e) {
        LOG.warn("a response could not be made the last of its connection: {}", e.toString());
    }

    /** {@code com.sun.net.httpserver.Headers}. */
    @SuppressWarnings("unchecked")
    private static void close(Map<?, ?> headers) {
        ((Map<String, List<String>>) headers).put("Connection", new ArrayList<>(List.of("close")));
    }

    /** {@code io.undertow.server.HttpServerExchange}. */
    private static void closeUndertow(Object exchange) throws ReflectiveOperationException {
        Class<?> type = exchange.getClass();
        if (!canBe((Integer) type.getMethod("getStatusCode").invoke(exchange))) {
            return;
        }
        Object headers = type.getMethod("getResponseHeaders").invoke(exchange);
        Class<?> name = Class.forName("io.undertow.util.HttpString", false, type.getClassLoader());
        headers.getClass()
                .getMethod("put", name, String.class)
                .invoke(headers, name.getConstructor(String.class).newInstance("Connection"), "close");
        type.getMethod("setPersistent", boolean.class).invoke(exchange, false);
    }

    /** {@code io.netty.handler.codec.http.HttpResponse}. */
    private static void closeNetty(Object response) throws ReflectiveOperationException {
        ClassLoader loader = response.getClass().getClassLoader();
        Object status = call(loader, "HttpResponse", "status", response);
        if (!canBe((Integer) call(loader, "HttpResponseStatus", "code", status))) {
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
