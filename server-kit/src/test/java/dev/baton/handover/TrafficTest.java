package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficTest {
    @ParameterizedTest
    @CsvSource({"0,0", "500,0", "501,1", "1000,1", "1001,2", "10000000,13", "10000001,14", "9223372036854775807,14"})
    void requestIsCountedUpToTheFirstBoundThatItDoesNotExceed(long micros, int index) {
        assertEquals(index, Traffic.latencyIndex(micros));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "100,1", "200,2", "304,3", "499,4", "599,5", "600,0", "99,0", "-1,0"})
    void responseIsCountedByItsClass(int status, int index) {
        assertEquals(index, Traffic.statusIndex(status));
    }

    @Test
    void whatIsAddedCanBeTakenAway() {
        List<Long> latencies = new ArrayList<>(Traffic.NONE.latencies());
        latencies.set(3, 6L);
        Traffic one = new Traffic(2, List.of(1L, 0L, 5L, 0L, 0L, 0L), latencies, 400);
        Traffic both = one.plus(one);
        assertEquals(4, both.accepted());
        assertEquals(12, both.requests());
        assertEquals(800, both.micros());
        assertEquals(List.of(2L, 0L, 10L, 0L, 0L, 0L), both.statuses());
        assertEquals(one, both.minus(one));
        assertEquals(Traffic.NONE, one.minus(one));
    }

    @Test
    void figuresThatAreTooManyOrTooFewAreNone() {
        assertThrows(IllegalArgumentException.class, () -> new Traffic(0, List.of(1L), Traffic.NONE.latencies(), 0));
        assertThrows(IllegalArgumentException.class, () -> new Traffic(0, Traffic.NONE.statuses(), List.of(), 0));
    }
}
