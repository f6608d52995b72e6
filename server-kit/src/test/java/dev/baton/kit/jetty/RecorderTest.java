package dev.baton.kit.jetty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Traffic;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private final Recorder recorder = new Recorder();

    @Test
    void countsEachRequestByItsStatusAndByItsLatency() {
        recorder.record(200, TimeUnit.MICROSECONDS.toNanos(500));
        recorder.record(204, TimeUnit.MICROSECONDS.toNanos(501));
        recorder.record(404, TimeUnit.MICROSECONDS.toNanos(400));
        recorder.record(0, TimeUnit.SECONDS.toNanos(11));

        Traffic traffic = recorder.traffic(7);

        assertEquals(7, traffic.accepted());
        assertEquals(List.of(1L, 0L, 2L, 0L, 1L, 0L), traffic.statuses(), "none, 1xx to 5xx");
        assertEquals(List.of(2L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L), traffic.latencies());
        assertEquals(11_001_401, traffic.micros());
    }
}
