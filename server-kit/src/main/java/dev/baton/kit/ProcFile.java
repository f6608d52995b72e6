package dev.baton.kit;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What the kernel writes of this process, proc(5), read by java.io, which has code of its own for that. The code that
 * channels share has only ever seen the buffers of the program's connections, and is compiled for these: seeing others
 * it would be thrown away, while the worker takes over.
 */
final class ProcFile {
    private ProcFile() {}

    static String read(Path file) throws IOException {
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
