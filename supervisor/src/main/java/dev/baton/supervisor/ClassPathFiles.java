package dev.baton.supervisor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** The files behind a class path: its jars, those of its wildcards, and those that their manifests name. */
final class ClassPathFiles {
    private final Path base;
    private final Optional<OtherUser> stranger;
    private final TreeSet<Path> files = new TreeSet<>();

    private ClassPathFiles(Path base, Optional<OtherUser> stranger) {
        this.base = base;
        this.stranger = stranger;
    }

    /**
     * All of them with size, times and inode, so that what one of them has become shows: a build may give each of its
     * jars one size and one time of modification, but whatever writes or renames a file changes its ctime, inode(7).
     *
     * @param base what relative entries count from
     * @param stranger whom the archive is for, where this process does not trust that user: a jar could be a pipe without
     *     an end, at which the supervisor would wait, or have a manifest that fills its memory
     * @throws IOException where there is a directory of classes among them, which no archive can hold, or no file; or one
     *     that the stranger may change
     */
    static String describe(String classPath, Path base, Optional<OtherUser> stranger) throws IOException {
        ClassPathFiles found = new ClassPathFiles(base, stranger);
        for (String entry : classPath.split(":")) {
            if (entry.equals("*") || entry.endsWith("/*")) {
                found.addJarsOf(found.base.resolve(entry.substring(0, entry.length() - 1)));
            } else {
                found.add(found.base.resolve(entry).normalize());
            }
        }
        StringBuilder text = new StringBuilder();
        for (Path file : found.files) {
            Map<String, Object> is = Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,ino");
            text.append(file).append(' ').append(new TreeMap<>(is)).append('\n');
        }
        return text.toString();
    }

    private Path trusted(Path path) throws IOException {
        return stranger.isPresent() ? stranger.get().requireOutOfReach(path) : path;
    }

    private void addJarsOf(Path directory) throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(trusted(directory), "*.{jar,JAR}")) {
            for (Path jar : jars) {
                add(jar.normalize());
            }
        }
    }

    private void add(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory, and only classes in jars can be archived");
        }
        if (!Files.exists(file) || !files.add(file)) {
            return;
        }
        try (JarFile jar = new JarFile(trusted(file).toFile(), false)) {
            Optional<String> more = Optional.ofNullable(jar.getManifest())
                    .map(Manifest::getMainAttributes)
                    .map(attributes -> attributes.getValue(Attributes.Name.CLASS_PATH));
            for (String name : more.orElse("").split(" ")) {
                if (!name.isEmpty() && !name.contains(":") && Files.isRegularFile(file.resolveSibling(name))) {
                    add(file.resolveSibling(name).normalize());
                }
            }
        }
    }
}
