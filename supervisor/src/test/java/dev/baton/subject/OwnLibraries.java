package dev.baton.subject;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Brings versions of its own of what the agent stands on, and uses them; {@code GET /} says where each class that it can
 * see comes from.
 */
public final class OwnLibraries {
    private static final String[] CLASSES = {
        "org.objectweb.asm.ClassWriter",
        "org.slf4j.LoggerFactory",
        "net.bytebuddy.ByteBuddy",
        "com.kenai.jffi.Library",
        "dev.baton.agent.Agent",
        "dev.baton.handover.Libc",
        "dev.baton.kit.Worker"
    };

    private OwnLibraries() {}

    public static void main(String[] arguments) throws Exception {
        Object library =
                Class.forName("com.kenai.jffi.Library").getMethod("getDefault").invoke(null);
        Object address =
                library.getClass().getMethod("getSymbolAddress", String.class).invoke(library, "getpid");
        String report = Stream.of(CLASSES).map(OwnLibraries::origin).collect(Collectors.joining("\n"))
                + "\nnative calls " + ((Long) address != 0 ? "work" : "fail")
                + "\nthe JDK's Unsafe " + (seesUnsafe() ? "exported" : "hidden") + "\n";
        HttpServer server = HttpServer.create(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 16);
        server.createContext("/", exchange -> {
            byte[] body = report.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    private static boolean seesUnsafe() {
        return Object.class.getModule().isExported("jdk.internal.misc", OwnLibraries.class.getModule());
    }

    private static String origin(String name) {
        try {
            Path jar = Path.of(Class.forName(name)
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return name + " " + jar.getFileName();
        } catch (ReflectiveOperationException | java.net.URISyntaxException e) {
            return name + " none";
        }
    }
}
