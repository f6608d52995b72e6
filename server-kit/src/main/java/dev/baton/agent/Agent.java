package dev.baton.agent;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.ArrayList;
import java.util.List;

/** The agent, in its own loader: {@link Premain} starts it. */
public final class Agent {
    private Agent() {}

    /** Lets the JDK's sockets be slots from now on; what they need is made ready beside the program's own start. */
    public static void start(Instrumentation instrumentation) throws UnmodifiableClassException {
        Start start = new Start(instrumentation);
        start.begin();
        Bridge.lead(start);
        Weaver weaver = new Weaver(start, Listeners.haveUnixSockets(System.getenv()));
        instrumentation.addTransformer(weaver, true);
        List<Class<?>> loaded = new ArrayList<>();
        for (Class<?> type : instrumentation.getAllLoadedClasses()) {
            if (weaver.comesLateFor(type.getClassLoader(), type.getName().replace('.', '/'))) {
                loaded.add(type);
            }
        }
        if (!loaded.isEmpty()) {
            instrumentation.retransformClasses(loaded.toArray(new Class<?>[0]));
        }
    }
}
