package dev.baton.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.security.ProtectionDomain;
import java.util.zip.ZipFile;

/** {@link Bridge} in the bootstrap loader, before any class is linked that calls it: {@link Premain} asks for it. */
public final class BridgeDefinition {
    private static final String[] CLASSES = {"dev.baton.agent.Hooks", "dev.baton.agent.Bridge"};

    private BridgeDefinition() {}

    /**
     * Not by {@link java.lang.instrument.Instrumentation#appendToBootstrapClassLoaderSearch}: a JVM with a longer
     * bootstrap path shares fewer classes with its archive, and warns of it.
     *
     * @param from the jar that they are in
     */
    public static void define(File from) throws ReflectiveOperationException, IOException {
        Class<?> unsafe = Class.forName("jdk.internal.misc.Unsafe");
        Object theUnsafe = unsafe.getMethod("getUnsafe").invoke(null);
        Method defineClass = unsafe.getMethod(
                "defineClass",
                String.class,
                byte[].class,
                int.class,
                int.class,
                ClassLoader.class,
                ProtectionDomain.class);
        // Not as a resource: the classes behind a jar's URL cost more than all of ours.
        try (ZipFile jar = new ZipFile(from)) {
            for (String name : CLASSES) {
                byte[] code = code(jar, name);
                defineClass.invoke(theUnsafe, name, code, 0, code.length, null, null);
            }
        }
    }

    private static byte[] code(ZipFile jar, String name) throws IOException {
        try (InputStream in = jar.getInputStream(jar.getEntry(name.replace('.', '/') + ".class"))) {
            return in.readAllBytes();
        }
    }
}
