package dev.baton.supervisor.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.journal.Journal.Priority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JournalTest {
    @Test
    void linesForTheJournalBeginWithTheirPriority() {
        Journal journal = new Journal(true);
        assertEquals("<4>[gen 3 pid 7] late", journal.line(Priority.WARNING, "[gen 3 pid 7] ", "late"));
        assertEquals("<6>", journal.line(Priority.INFO, "", ""));
    }

    @Test
    void aWorkerThatKnowsTheJournalIsBelieved() {
        Journal journal = new Journal(true);
        assertEquals("<3>[gen 3 pid 7] broken", journal.line(Priority.INFO, "[gen 3 pid 7] ", "<3>broken"));
        assertEquals("<6>[gen 3 pid 7] <9>?", journal.line(Priority.INFO, "[gen 3 pid 7] ", "<9>?"));
    }

    @Test
    void othersGetLinesAsTheyAre() {
        assertEquals("[gen 3 pid 7] <3>broken", new Journal(false).line(Priority.INFO, "[gen 3 pid 7] ", "<3>broken"));
    }

    @Test
    void aStreamIsKnownByDeviceAndInode() throws Exception {
        Map<String, Object> is = Files.readAttributes(Path.of("/proc/self/fd/0"), "unix:dev,ino");
        String stream = is.get("dev") + ":" + is.get("ino");
        assertTrue(Journal.behind(0, Map.of("JOURNAL_STREAM", stream)).reads());
        assertFalse(Journal.behind(0, Map.of("JOURNAL_STREAM", "1" + stream)).reads(), "redirected");
        assertFalse(Journal.behind(0, Map.of()).reads());
        assertFalse(Journal.behind(19_999, Map.of("JOURNAL_STREAM", stream)).reads(), "closed");
    }
}
