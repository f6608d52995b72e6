package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The agent puts the kit's Jetty package on the program's own Jetty; what that has not would be found out at an upgrade. */
class OlderJettyIT {
    private static final JavaClasses PACKAGE = new ClassFileImporter().importPackages("dev.baton.kit.jetty");

    @Test
    void jettyOf12Point0HasAllThatTheKitCallsThere() throws Exception {
        Set<String> missing = new TreeSet<>();
        int looked = 0;
        try (URLClassLoader jetty = jetty("jetty-12.0", "jetty-12.0-http2")) {
            for (JavaAccess<?> access : accesses()) {
                looked++;
                if (!has(jetty, access.getTarget())) {
                    missing.add(access.getDescription());
                }
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(looked > 100, "looked for " + looked);
    }

    /** All but a rate limit, which applications install themselves; of WebSockets there are no jars of that version here. */
    private static List<? extends JavaAccess<?>> accesses() {
        return PACKAGE.stream()
                .filter(its -> !its.getSimpleName().startsWith("RateLimit"))
                .flatMap(its -> its.getAccessesFromSelf().stream())
                .filter(access -> {
                    String owner = access.getTargetOwner().getName();
                    return owner.startsWith("org.eclipse.jetty.") && !owner.startsWith("org.eclipse.jetty.websocket.");
                })
                .toList();
    }

    private static URLClassLoader jetty(String... subjects) throws IOException {
        List<URL> jars = new ArrayList<>();
        for (String subject : subjects) {
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(Places.subjects().resolve(subject), "*.jar")) {
                for (Path file : files) {
                    jars.add(file.toUri().toURL());
                }
            }
        }
        return new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static boolean has(ClassLoader jetty, AccessTarget target) {
        try {
            return has(Class.forName(target.getOwner().getName(), false, jetty), target);
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** As the linker looks for it: by its name and its types' names, in the class and above; above interfaces is Object. */
    private static boolean has(Class<?> type, AccessTarget target) {
        if (target instanceof AccessTarget.ConstructorCallTarget constructor) {
            return Arrays.stream(type.getDeclaredConstructors()).anyMatch(its -> takes(its, constructor));
        }
        boolean own = target instanceof AccessTarget.CodeUnitAccessTarget method
                ? Arrays.stream(type.getDeclaredMethods())
                        .anyMatch(its -> its.getName().equals(method.getName())
                                && its.getReturnType()
                                        .getName()
                                        .equals(method.getRawReturnType().getName())
                                && takes(its, method))
                : Arrays.stream(type.getDeclaredFields())
                        .anyMatch(its -> its.getName().equals(target.getName()));
        return own
                || Stream.concat(
                                Stream.ofNullable(type.isInterface() ? Object.class : type.getSuperclass()),
                                Arrays.stream(type.getInterfaces()))
                        .anyMatch(above -> has(above, target));
    }

    private static boolean takes(Executable its, AccessTarget.CodeUnitAccessTarget target) {
        List<String> wanted =
                target.getRawParameterTypes().stream().map(JavaClass::getName).toList();
        return Arrays.stream(its.getParameterTypes())
                .map(Class::getName)
                .toList()
                .equals(wanted);
    }
}
