package dev.baton.agent;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * What {@code -javaagent} starts, in front of the program's own main: the one class of ours on the program's class
 * path. It puts {@link Bridge} into the bootstrap loader and everything else into a loader of its own, below the
 * platform's, so that the program and the agent do not see each other's libraries.
 */
public final class Premain {
    private static final String MODULES_ASK_FOR = "jboss.modules.system.pkgs";
    private static final String CORE = "baton-agent-core.jar";

    private Premain() {}

    /** Starts the agent where a supervisor started this process. */
    public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
        if (System.getenv("BATON_HANDOVER") == null) {
            return;
        }
        URL own = Premain.class.getProtectionDomain().getCodeSource().getLocation();
        // Beside the jars lies the native half of what calls libc, unpacked once for all workers, and a file that says
        // so. Its parent is not the platform's loader: that one finds the packages of all modules, the program's too.
        URL[] places = {new URL(own, CORE), new URL(own, ".")};
        ClassLoader loader = new URLClassLoader("baton", places, null);
        exportUnsafe(instrumentation, loader.getUnnamedModule());
        Class.forName("dev.baton.agent.BridgeDefinition", true, loader)
                .getMethod("define", File.class)
                .invoke(null, new File(own.toURI()));
        letModulesFindBridge();
        Class.forName("dev.baton.agent.Agent", true, loader)
                .getMethod("start", Instrumentation.class)
                .invoke(null, instrumentation);
    }

    /** To the agent alone: a program may look whether it could have that class, and go another way where it can. */
    private static void exportUnsafe(Instrumentation instrumentation, Module agent) {
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("jdk.internal.misc", Set.of(agent)),
                Map.of(),
                Collections.emptySet(),
                Map.of());
    }

    /** JBoss Modules, on which WildFly stands, asks the JVM's own loaders for these packages only, and the JDK's. */
    private static void letModulesFindBridge() {
        String own = Premain.class.getPackageName();
        String others = System.getProperty(MODULES_ASK_FOR, "");
        System.setProperty(MODULES_ASK_FOR, others.isEmpty() ? own : others + "," + own);
    }
}
