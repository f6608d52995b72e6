package dev.baton.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;

/**
 * What {@code -javaagent} starts, in front of the program's own main: the one class of ours on the program's class
 * path. It puts {@link Bridge} into the bootstrap loader and everything else into a loader of its own, below the
 * platform's, so that the program and the agent do not see each other's libraries.
 */
public final class Premain {
    private static final String MODULES_ASK_FOR = "jboss.modules.system.pkgs";
    private static final String CORE = "baton-agent-core.jar";
    private static final String[] BRIDGE = {"dev.baton.agent.Hooks", "dev.baton.agent.Bridge"};

    private Premain() {}

    /** Starts the agent where a supervisor started this process. */
    public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
        if (System.getenv("BATON_HANDOVER") == null) {
            return;
        }
        URL own = Premain.class.getProtectionDomain().getCodeSource().getLocation();
        defineBridge(instrumentation, new File(own.toURI()));
        letModulesFindBridge();
        // Beside the jars lies the native half of what calls libc, unpacked once for all workers, and a file that says
        // so. Its parent is not the platform's loader: that one finds the packages of all modules, the program's too.
        URL[] places = {new URL(own, CORE), new URL(own, ".")};
        ClassLoader loader = new URLClassLoader("baton", places, null);
        Class.forName("dev.baton.agent.Agent", true, loader)
                .getMethod("start", Instrumentation.class)
                .invoke(null, instrumentation);
    }

    /**
     * Not by {@link Instrumentation#appendToBootstrapClassLoaderSearch}: a JVM with a longer bootstrap path shares fewer
     * classes with its archive, and warns of it.
     */
    private static void defineBridge(Instrumentation instrumentation, File own)
            throws ReflectiveOperationException, IOException {
        Module base = Object.class.getModule();
        instrumentation.redefineModule(
                base,
                Set.of(),
                Map.of("jdk.internal.misc", Set.of(Premain.class.getModule())),
                Map.of(),
                Collections.emptySet(),
                Map.of());
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
        try (ZipFile jar = new ZipFile(own)) {
            for (String name : BRIDGE) {
                byte[] code = code(jar, name);
                defineClass.invoke(theUnsafe, name, code, 0, code.length, null, null);
            }
        }
    }

    /** JBoss Modules, on which WildFly stands, asks the JVM's own loaders for these packages only, and the JDK's. */
    private static void letModulesFindBridge() {
        String own = Premain.class.getPackageName();
        String others = System.getProperty(MODULES_ASK_FOR, "");
        System.setProperty(MODULES_ASK_FOR, others.isEmpty() ? own : others + "," + own);
    }

    private static byte[] code(ZipFile jar, String name) throws IOException {
        try (InputStream in = jar.getInputStream(jar.getEntry(name.replace('.', '/') + ".class"))) {
            return in.readAllBytes();
        }
    }
}
