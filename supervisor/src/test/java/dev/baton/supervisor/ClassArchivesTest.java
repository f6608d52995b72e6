package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a command is started with; what comes of it is seen with real JVMs, in ClassArchiveIT. */
class ClassArchivesTest {
    private static final Optional<OtherUser> NOBODY_ELSE = Optional.empty();
    private static final int SHOP = 64321;

    @TempDir
    private Path directory;

    private final ClassArchives archives = new ClassArchives();
    private Path cache;

    @BeforeEach
    void putJars() throws IOException {
        cache = directory.resolve("cache/shop");
        jar("lib.jar", "");
        jar("shop.jar", "lib.jar missing.jar");
    }

    private void jar(String name, String classPath) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        try (OutputStream file = Files.newOutputStream(directory.resolve(name));
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            jar.finish();
        }
    }

    private Program program(String... options) throws IOException {
        return program(Map.of(), options);
    }

    private Program program(Map<String, String> environment, String... options) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        Launch launch = Lab.launch(command, environment, Optional.of(directory));
        return Program.of(launch, System.getenv());
    }

    /** The archive that this one would get. */
    private Path archive(int generation, String... options) throws IOException {
        archives.prepare(cache, NOBODY_ELSE, generation, program(options));
        return archives.take(generation).orElseThrow().archive();
    }

    @Test
    void firstWorkerNotesDownItsClassesAndTheNextOneHasThem() throws Exception {
        Program first = archives.prepare(cache, NOBODY_ELSE, 1, program("-jar", "shop.jar"));
        assertTrue(first.command().get(1).startsWith("-XX:DumpLoadedClassList=" + cache), first::toString);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)));
        Path archive = archives.take(1).orElseThrow().archive();
        Files.createFile(archive);
        Program second = archives.prepare(cache, NOBODY_ELSE, 2, program("-jar", "shop.jar", "--label", "v2"));
        assertEquals("-XX:SharedArchiveFile=" + archive, second.command().get(1));
        assertEquals(Optional.empty(), archives.take(2));
    }

    @Test
    void whateverChangesHasAnArchiveOfItsOwn() throws Exception {
        Path before = archive(1, "-jar", "shop.jar");
        assertEquals(before, archive(2, "-Dx=y", "-jar", "shop.jar", "more"));
        assertNotEquals(before, archive(3, "-XX:+UseSerialGC", "-jar", "shop.jar"));
        Files.setLastModifiedTime(directory.resolve("lib.jar"), FileTime.fromMillis(1_000_000));
        Path lib = archive(4, "-jar", "shop.jar");
        assertNotEquals(before, lib, "a jar that the manifest names");
        jar("shop.jar", "lib.jar another.jar");
        assertNotEquals(lib, archive(5, "-jar", "shop.jar"));
        Path star = archive(6, "-cp", "./*", "shop.Main");
        jar("new.jar", "");
        assertNotEquals(star, archive(7, "-cp", "./*", "shop.Main"));
    }

    @Test
    void jarThatTakesTheNameOfOneOfItsSizeAndTimeHasAnArchiveOfItsOwn() throws Exception {
        Path jar = directory.resolve("shop.jar");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000)); // a copy may have no more than that of it
        Path before = archive(1, "-jar", "shop.jar");
        Path next = directory.resolve("shop.jar.new");
        Files.copy(jar, next, StandardCopyOption.COPY_ATTRIBUTES);
        Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);
        assertNotEquals(before, archive(2, "-jar", "shop.jar"));
    }

    @Test
    void whatCannotHaveOneStartsAsItIs() throws Exception {
        assertThrows(IOException.class, () -> ClassPathFiles.describe("shop.jar:.", directory, NOBODY_ELSE));
        for (Program program : List.of(
                program("-cp", "shop.jar:.", "shop.Main"),
                program("-Xshare:off", "-jar", "shop.jar"),
                new Program(List.of("/bin/sh"), Map.of(), directory))) {
            assertEquals(program, archives.prepare(cache, NOBODY_ELSE, 1, program));
        }
    }

    @Test
    void optionsInTheEnvironmentAreLookedAtToo() throws Exception {
        for (Map<String, String> environment : List.of(
                Map.of("JAVA_TOOL_OPTIONS", "-Dx=y -XX:AOTCache=shop.aot"),
                Map.of("JDK_JAVA_OPTIONS", "\"-XX:SharedArchiveFile=my own.jsa\""),
                Map.of("JDK_JAVA_OPTIONS", "@options"),
                Map.of("_JAVA_OPTIONS", "-XX:+UseSerialGC"))) {
            Program program = program(environment, "-jar", "shop.jar");
            assertEquals(program, archives.prepare(cache, NOBODY_ELSE, 1, program));
        }
        Program program = program(Map.of("JAVA_TOOL_OPTIONS", "-Dx=y -XX:+ExitOnOutOfMemoryError"), "-jar", "shop.jar");
        assertNotEquals(program, archives.prepare(cache, NOBODY_ELSE, 1, program));
    }

    @Test
    void aDirectoryThatOthersCanWriteIsNotUsed() throws Exception {
        Files.createDirectories(cache);
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        Program program = program("-jar", "shop.jar");
        assertEquals(program, archives.prepare(cache, NOBODY_ELSE, 1, program));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertEquals(program, archives.prepare(link, NOBODY_ELSE, 1, program));
    }

    private Program preparedForShop(Program program) {
        Settings.User shop = new Settings.User("shop", SHOP, SHOP, List.of(SHOP), "/home/shop", "/bin/sh");
        return archives.prepare(cache, Optional.of(new OtherUser(shop)), 1, program);
    }

    private static void letOthersPass(Path... directories) throws IOException {
        for (Path each : directories) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void strangersHaveADirectoryOfTheirOwnBesideOurs() throws Exception {
        assumeRoot();
        Program program = program("-jar", "shop.jar");
        assertEquals(program, preparedForShop(program), "which they cannot reach");
        letOthersPass(directory, cache.getParent());
        Program prepared = preparedForShop(program);
        Path theirs = cache.resolveSibling("shop." + SHOP);
        assertTrue(prepared.command().get(1).startsWith("-XX:DumpLoadedClassList=" + theirs), prepared::toString);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(theirs)));
        assertEquals(SHOP, Files.getAttribute(theirs, "unix:uid"));
        Files.setAttribute(theirs, "unix:uid", SHOP + 1);
        assertEquals(program, preparedForShop(program), "another one's");
    }

    @Test
    void rootReadsNothingThatAStrangerMayChange() throws Exception {
        assumeRoot();
        letOthersPass(directory);
        Program program = program("-jar", "shop.jar");
        Path jar = directory.resolve("lib.jar"); // which the other one's manifest names
        Files.setAttribute(jar, "unix:uid", SHOP);
        assertEquals(program, preparedForShop(program), "a jar of theirs");
        Files.setAttribute(jar, "unix:uid", 0);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertEquals(program, preparedForShop(program), "a directory that a group may write");
        letOthersPass(directory);
        assertNotEquals(program, preparedForShop(program));
    }

    private static void assumeRoot() throws IOException {
        assumeTrue(Identity.uid() == 0, "only root has workers of another user");
    }

    @Test
    void whatIsHalfDoneIsSweptAndWhatIsNotNeededIsDiscarded() throws Exception {
        Files.createDirectories(cache);
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
        for (String left : List.of("a.jsa.new", "a-1.classes")) {
            Files.createFile(cache.resolve(left));
        }
        archives.prepare(cache, NOBODY_ELSE, 1, program("-jar", "shop.jar"));
        assertEquals(0, cache.toFile().list().length);
        Program worker = archives.prepare(cache, NOBODY_ELSE, 2, program("-jar", "shop.jar"));
        Path list = Path.of(worker.command().get(1).split("=")[1]);
        Files.createFile(list);
        archives.forget(2);
        assertTrue(Files.notExists(list), "the list of a worker that has ended");
    }
}
