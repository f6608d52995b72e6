package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TimeSliceTest {
    @BeforeEach
    void needsAKernelThatHasIt() throws LibcException {
        assumeTrue(Libc.timeSlice(0).isPresent(), "this kernel has one time slice for all");
    }

    @Test
    void whatIsStartedMeanwhileHasAShortOneAndSoHasWhatItStartsItself() throws Exception {
        OptionalLong ours = Libc.timeSlice(0);
        TimeSlice slice = TimeSlice.shorten();
        Process process = new ProcessBuilder("setsid", "sh", "-c", "sleep 1000 & wait").start();
        slice.restore();
        try {
            await().until(() -> process.children().count() == 1);
            long child = process.children().findFirst().orElseThrow().pid();
            OptionalLong shortest = OptionalLong.of(TimeSlice.NANOS);
            assertEquals(shortest, Libc.timeSlice((int) process.pid()));
            assertEquals(shortest, Libc.timeSlice((int) child));
            assertEquals(ours, Libc.timeSlice(0), "who has started it has what it had");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void oursIsTheSameAgainAlsoWhereItIsShortAlready() throws Exception {
        OptionalLong ours = Libc.timeSlice(0);
        Libc.setTimeSlice(TimeSlice.NANOS);
        try {
            TimeSlice.shorten().restore();
            assertEquals(OptionalLong.of(TimeSlice.NANOS), Libc.timeSlice(0));
        } finally {
            Libc.setTimeSlice(ours.getAsLong());
        }
        assertEquals(ours, Libc.timeSlice(0));
    }
}
