package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdoptedProcessTest {
    private Process process;
    private ProcessIdentity identity;

    @BeforeEach
    void start() throws Exception {
        process = new ProcessBuilder("setsid", "sleep", "1000").start();
        identity = ProcessIdentity.of((int) process.pid()).orElseThrow();
    }

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    private Optional<AdoptedProcess> find(ProcessIdentity recorded) throws Exception {
        return AdoptedProcess.find(3, recorded, List.of(), Output.own());
    }

    @Test
    void aProcessThatIsTheSameIsTakenAndItsEndSeen() throws Exception {
        AdoptedProcess adopted = find(identity).orElseThrow();
        assertTrue(adopted.isAlive());
        assertFalse(adopted.exit().isDone());
        adopted.signal(Signal.KILL);
        String words = adopted.exit().get(20, TimeUnit.SECONDS).words();
        // It is our child, and whether we or the JDK reap it first is open.
        assertTrue(words.equals("was killed by SIGKILL") || words.equals("has gone, how is not known"), words);
        assertFalse(adopted.isAlive());
        adopted.output().get(20, TimeUnit.SECONDS);
        assertEquals(0, adopted.outputEnds().size());
    }

    @Test
    void aPidThatIsUsedAgainIsNotTaken() throws Exception {
        ProcessIdentity older = new ProcessIdentity(identity.pid(), identity.startTime() - 1, identity.uid());
        assertEquals(Optional.empty(), find(older));
        assertTrue(process.isAlive());
    }

    @Test
    void aProcessThatHasBecomeAnotherUserIsTaken() throws Exception {
        ProcessIdentity before = new ProcessIdentity(identity.pid(), identity.startTime(), identity.uid() + 1);
        assertTrue(find(before).isPresent());
    }

    @Test
    void aProcessThatIsGoneIsNotTaken() throws Exception {
        process.destroyForcibly().waitFor();
        assertEquals(Optional.empty(), find(identity));
    }
}
