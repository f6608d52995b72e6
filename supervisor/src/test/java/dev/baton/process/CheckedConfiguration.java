package dev.baton.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration file with a check on listener {@code http}, which can be written again with other times. */
record CheckedConfiguration(Path file, List<String> command, String path) {
    CheckedConfiguration write(String readyTimeout, String bake) throws IOException {
        Files.writeString(file, """
                command = [%s]
                [listen]
                http = "127.0.0.1:0"
                line = "127.0.0.1:0"
                [ready]
                timeout = "%s"
                check = { listener = "http", path = "%s", status = 200 }
                [upgrade]
                bake = "%s"
                drain = "8s"
                kill-after = "1s"
                [restart]
                backoff = { first = "100ms", most = "500ms" }
                """.formatted(
                        command.stream().map(word -> "\"" + word + "\"").collect(Collectors.joining(", ")),
                        readyTimeout,
                        path,
                        bake));
        return this;
    }

    RunningBaton start() throws IOException {
        return RunningBaton.builder().config(file).start();
    }
}
