package dev.baton.agent;

import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Weaves the calls of {@link Bridge} into classes of the JDK and of servers as they are loaded, and notices a program
 * that uses the kit by itself.
 *
 * <p>ASM and its kin are loaded with the first class that is to be woven, which a program without sockets never loads.
 */
final class Weaver implements ClassFileTransformer {
    private static final ClassLoader OWN = Weaver.class.getClassLoader();
    private static final String JFFI = "com/kenai/jffi/internal/StubLoader";
    private static final String KIT = "dev/baton/kit/Worker";

    /** All through which the sockets of the JDK pass that listen, be they blocking, selectable or asynchronous. */
    private static final Set<String> JDK = Set.of(
            "sun/nio/ch/Net",
            "sun/nio/ch/UnixDomainSockets",
            "sun/nio/ch/NioSocketImpl",
            "sun/nio/ch/ServerSocketChannelImpl",
            "sun/nio/ch/AsynchronousServerSocketChannelImpl",
            "sun/nio/ch/UnixAsynchronousServerSocketChannelImpl",
            "sun/nio/ch/SocketDispatcher",
            "sun/nio/ch/UnixDispatcher");

    /** Who binds a unix socket deletes the file of the one before, which here is the supervisor's. */
    private static final Set<String> DELETING = Set.of(JdkWeaving.FILES, JdkWeaving.OLD_FILES);

    /** Of servers that can be told to end their connections; see {@link ServerWeaving}. */
    private static final Set<String> SERVERS = Set.of(
            "sun/net/httpserver/ExchangeImpl",
            "org/apache/coyote/http11/Http11Processor",
            "org/apache/coyote/http2/Http2Protocol",
            "org/apache/tomcat/util/net/AbstractEndpoint",
            "io/undertow/server/protocol/http/HttpTransferEncoding",
            "io/undertow/protocols/http2/Http2Channel",
            "io/undertow/protocols/http2/Http2GoAwayStreamSinkChannel",
            "io/helidon/webserver/http1/Http1ServerResponse",
            "io/netty/handler/codec/http/HttpResponseEncoder",
            "io/netty/handler/codec/http2/Http2ConnectionHandler",
            "org/eclipse/jetty/http/HttpGenerator",
            "org/eclipse/jetty/server/Server");

    private static final String NETTY_HTTP2 = "io/netty/handler/codec/http2/";

    /** Netty's own transports, native code that the JDK knows nothing of; where it is, or where a build has moved it. */
    private static final Pattern NATIVE = Pattern.compile(
            "(|.+/)io/netty/(channel/epoll/Epoll|channel/uring/I[Oo]Uring|incubator/channel/uring/IOUring)");

    private static final String NO_NATIVE = "io.netty.transport.noNative";

    private final Start start;

    private final boolean deleting;
    private final AtomicBoolean saidBlind = new AtomicBoolean();

    Weaver(Start start, boolean deleting) {
        this.start = start;
        this.deleting = deleting;
    }

    /**
     * For a class that was loaded before there was a weaver: by the JVM itself, by another agent, or out of an archive
     * that links its classes ahead of time.
     *
     * @return whether it is to be transformed now
     */
    boolean comesLateFor(ClassLoader loader, String className) {
        notice(loader, className);
        return isServer(loader, className) || isJdk(loader, className);
    }

    private boolean isJdk(ClassLoader loader, String className) {
        return loader == null && (JDK.contains(className) || deleting && DELETING.contains(className));
    }

    private static boolean isServer(ClassLoader loader, String className) {
        return loader != OWN && SERVERS.contains(unmoved(className));
    }

    /** Where a build has moved Netty. */
    private static String unmoved(String className) {
        int at = className.indexOf(NETTY_HTTP2);
        return at < 0 ? className : className.substring(at);
    }

    private void notice(ClassLoader loader, String className) {
        if (loader == null || loader == OWN) {
            return;
        }
        if (className.equals(KIT)) {
            start.get().standBack();
        } else if (className.endsWith("Epoll") || className.endsWith("Uring")) {
            Matcher netty = NATIVE.matcher(className);
            if (netty.matches()) {
                withoutNativeTransport(netty.group(1).replace('/', '.') + NO_NATIVE);
            }
        }
    }

    @Override
    public byte[] transform(
            ClassLoader loader, String className, Class<?> before, ProtectionDomain domain, byte[] code) {
        if (className == null) {
            return null;
        }
        if (loader == OWN) {
            return className.equals(JFFI) ? woven(className, code, JffiWeaving::new) : null;
        }
        notice(loader, className);
        if (isServer(loader, className)) {
            return findsBridge(loader, className)
                    ? woven(className, code, writer -> ServerWeaving.of(unmoved(className), writer))
                    : null;
        }
        return isJdk(loader, className) ? woven(className, code, JdkWeaving::new) : null;
    }

    /** As in OSGi, a class loader may ask the JVM's own for nothing but the JDK; what was woven there would throw. */
    private boolean findsBridge(ClassLoader loader, String className) {
        try {
            if (Class.forName(Bridge.class.getName(), false, loader) == Bridge.class) {
                return true;
            }
        } catch (ClassNotFoundException | LinkageError e) {
            // as if it had found another one
        }
        if (!saidBlind.getAndSet(true)) {
            log().warn(
                            "{} cannot see the agent's classes, by its class loader: its server does not tell clients"
                                    + " to go in a drain",
                            className.replace('/', '.'));
        }
        return false;
    }

    private static byte[] woven(String className, byte[] code, UnaryOperator<ClassVisitor> weaving) {
        try {
            ClassReader reader = new ClassReader(code);
            ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
            reader.accept(weaving.apply(writer), 0);
            return writer.toByteArray();
        } catch (RuntimeException | LinkageError e) {
            // A JVM would swallow it, and the program would bind by itself, in the way of its own next version.
            log().error(
                            "cannot weave {} on Java {}: what depends on it will not work; use wrap = \"kit\"",
                            className,
                            Runtime.version(),
                            e);
            return null;
        }
    }

    /** Before the class is initialized, and looks. Netty, and who asks it what is available, takes NIO then. */
    private static void withoutNativeTransport(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, "true");
            log().warn(
                            "Netty's native transport does not pass through the JDK, so that its listeners could not be"
                                    + " supervised: it is told to do without, -D{}=true",
                            property);
        }
    }

    private static Logger log() {
        return LoggerFactory.getLogger(Weaver.class);
    }
}
