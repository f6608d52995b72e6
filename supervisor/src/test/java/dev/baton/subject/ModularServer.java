package dev.baton.subject;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Undertow in a class loader that has all but the JDK's for itself, as in JBoss Modules and in OSGi. */
public final class ModularServer {
    private ModularServer() {}

    /** @param arguments host and port, and the property that names the packages of the JVM's own loaders, if any does */
    public static void main(String[] arguments) throws Exception {
        List<String> packages = new ArrayList<>(List.of("java.", "javax.", "jdk.", "sun.", "com.sun."));
        if (arguments.length > 2) {
            packages.addAll(List.of(System.getProperty(arguments[2], "none").split(",")));
        }
        new Module(packages)
                .loadClass(UndertowServer.class.getName())
                .getMethod("main", String[].class)
                .invoke(null, (Object) arguments);
    }

    private static final class Module extends URLClassLoader {
        private final List<String> packages;

        Module(List<String> packages) throws MalformedURLException {
            super(classPath(), null);
            this.packages = packages;
        }

        private static URL[] classPath() throws MalformedURLException {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (packages.stream().anyMatch(name::startsWith)) {
                return findSystemClass(name);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known == null ? findClass(name) : known;
            }
        }
    }
}
