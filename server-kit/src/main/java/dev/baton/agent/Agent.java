package dev.baton.agent;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.Arrays;

/** The agent, in its own loader: {@link Premain} starts it. */
public final class Agent {
    private Agent() {}

    /** Lets the JDK's sockets be slots from now on. */
    public static void start(Instrumentation instrumentation) throws UnmodifiableClassException {
        Listeners listeners = Listeners.ofEnvironment(System.getenv());
        Bridge.lead(new ProgramHooks(listeners));
        instrumentation.addTransformer(new Weaver(listeners), true);
        Class<?>[] loaded = Arrays.stream(instrumentation.getAllLoadedClasses())
                .filter(type -> Weaver.weaves(type.getName().replace('.', '/')) && type.getClassLoader() == null)
                .toArray(Class<?>[]::new);
        if (loaded.length > 0) {
            instrumentation.retransformClasses(loaded);
        }
        if (ClassLoader.getSystemResource("dev/baton/kit/Worker.class") == null) {
            // A program that may use the kit loads this itself, if at all.
            listeners.warmUp();
        }
    }
}
