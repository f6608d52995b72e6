package dev.baton.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A configuration file with a check on listener {@code http}, which can be written again with other times. */
record CheckedConfiguration(Path file, List<String> command, String path) {
    CheckedConfiguration write(String readyTimeout, String bake) throws IOException {
        Files.writeString(file, Places.configuration(command, """
                [ready]
                timeout = "%s"
                check = { listener = "http", path = "%s", status = 200 }
                [upgrade]
                bake = "%s"
                drain = "8s"
                kill-after = "1s"
                [restart]
                backoff = { first = "100ms", most = "500ms" }
                """.formatted(readyTimeout, path, bake)));
        return this;
    }

    RunningBaton start() throws IOException {
        return RunningBaton.builder().config(file).start();
    }
}
