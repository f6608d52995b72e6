package dev.baton.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing stays behind. */
class StageTest {
    @Test
    void whatCannotBeClosedKeepsNothingElseFromIt(@TempDir Path runtimes) throws IOException {
        List<String> closed = new ArrayList<>();
        Stage stage = Stage.open(runtimes);
        Path directory = stage.directory("one");
        stage.keep(() -> closed.add("the first"));
        stage.keep(() -> {
            throw new IOException("it does not end");
        });
        stage.keep(() -> closed.add("the last"));
        IOException failure = assertThrows(IOException.class, stage::close);
        assertEquals(
                "not all is cleared away that was started: [java.io.IOException: it does not end]",
                failure.getMessage());
        assertEquals(List.of("the last", "the first"), closed);
        assertFalse(Files.exists(directory.getParent()));
    }
}
