package dev.baton.agent;

import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Weaves the calls of {@link Bridge} into the JDK's classes as they are loaded, and notices a program that uses the kit
 * by itself.
 *
 * <p>ASM and its kin are loaded with the first class that is to be woven, which a program without sockets never loads.
 */
final class Weaver implements ClassFileTransformer {
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

    private final Listeners listeners;

    Weaver(Listeners listeners) {
        this.listeners = listeners;
    }

    static boolean weaves(String className) {
        return JDK.contains(className);
    }

    @Override
    public byte[] transform(
            ClassLoader loader, String className, Class<?> before, ProtectionDomain domain, byte[] code) {
        if (className == null) {
            return null;
        }
        if (loader == null) {
            return weaves(className) ? woven(className, code) : null;
        }
        if (className.equals(KIT) && loader != Weaver.class.getClassLoader()) {
            listeners.standBack();
        }
        return null;
    }

    private static byte[] woven(String className, byte[] code) {
        try {
            ClassReader reader = new ClassReader(code);
            ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
            reader.accept(new JdkWeaving(writer), 0);
            return writer.toByteArray();
        } catch (RuntimeException | LinkageError e) {
            // A JVM would swallow it, and the program would bind by itself, in the way of its own next version.
            log().error(
                            "cannot weave {} of Java {}: the program's listeners will not be Baton's; use wrap = \"kit\"",
                            className,
                            Runtime.version(),
                            e);
            return null;
        }
    }

    private static Logger log() {
        return LoggerFactory.getLogger(Weaver.class);
    }
}
