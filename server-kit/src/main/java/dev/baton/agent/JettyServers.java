package dev.baton.agent;

import dev.baton.kit.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jetty servers of the program: followed by the kit's own Jetty package, in a loader between the agent's and the
 * program's, so that it stands on the program's Jetty.
 */
final class JettyServers {
    private static final Logger LOG = LoggerFactory.getLogger(JettyServers.class);
    private static final String PACKAGE = "dev.baton.kit.jetty.";
    private static final int FIRST_MAJOR = 12;

    private final Listeners listeners;
    private final Instrumentation instrumentation;
    private final Map<Object, Boolean> seen = Collections.synchronizedMap(new WeakHashMap<>());
    private volatile boolean following;

    JettyServers(Listeners listeners, Instrumentation instrumentation) {
        this.listeners = listeners;
        this.instrumentation = instrumentation;
    }

    /** Whether there is a Jetty that ends its connections itself. */
    boolean isFollowing() {
        return following;
    }

    /** Once for each: a constructor may call another. */
    void follow(Object server) {
        if (seen.put(server, true) != null) {
            return;
        }
        Class<?> type = server.getClass();
        while (!type.getName().equals("org.eclipse.jetty.server.Server")) {
            type = type.getSuperclass();
        }
        try {
            String version = (String) type.getMethod("getVersion").invoke(null);
            if (Integer.parseInt(version.substring(0, version.indexOf('.'))) < FIRST_MAJOR) {
                return; // its responses are made the last of their connections: LastWord
            }
            Between between = new Between(type.getClassLoader());
            open(type.getModule(), between.getUnnamedModule());
            Method follow = Class.forName(PACKAGE + "JettyWorker", true, between)
                    .getMethod("follow", type, Supplier.class, Consumer.class);
            Supplier<Optional<Worker>> worker = this::worker;
            Consumer<String> polite = listeners::servePolitely;
            follow.invoke(null, server, worker, polite);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.warn("this Jetty is not followed; its connections end as those of any other server", e);
        }
    }

    /** On the module path, a Jetty keeps its internal packages to itself. */
    private void open(Module jetty, Module to) {
        if (!jetty.isNamed()) {
            return;
        }
        for (Module module : jetty.getLayer().modules()) {
            if (module.getName().startsWith("org.eclipse.jetty.")) {
                Map<String, Set<Module>> all = module.getPackages().stream()
                        .collect(Collectors.toMap(Function.identity(), name -> Set.of(to)));
                instrumentation.redefineModule(module, Set.of(), all, Map.of(), Set.of(), Map.of());
            }
        }
    }

    private Optional<Worker> worker() {
        try {
            Optional<Worker> worker = listeners.worker();
            following = worker.isPresent();
            return worker;
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
            return Optional.empty();
        }
    }

    /** The kit's Jetty package over the program's Jetty and the agent's kit. */
    private static final class Between extends ClassLoader {
        private final ClassLoader program;

        Between(ClassLoader program) {
            super("baton-jetty", Between.class.getClassLoader());
            this.program = program;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.eclipse.jetty.")) {
                return Class.forName(name, false, program);
            }
            if (!name.startsWith(PACKAGE)) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known == null ? define(name) : known;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] code = in.readAllBytes();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
