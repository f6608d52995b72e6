package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Traffic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmerTest {
    private static Traffic served(long connections, long requests) {
        List<Long> latencies = new ArrayList<>(Collections.nCopies(Traffic.BOUNDS.size() + 1, 0L));
        latencies.set(0, requests);
        return new Traffic(connections, List.of(0L, 0L, requests, 0L, 0L, 0L), latencies, requests);
    }

    @Test
    void clientsStayWhoMakeFewerConnectionsThanTheFirstHalfOfAWarmUp() {
        assertTrue(Warmer.clientsStay(served(100, 3_700)));
        assertFalse(Warmer.clientsStay(served(100, 3_600)));
        assertFalse(Warmer.clientsStay(served(100, 100)));
    }

    /** They came with their connections from the worker before. */
    @Test
    void clientsStayWhoHaveMadeNoConnectionAtAll() {
        assertTrue(Warmer.clientsStay(served(0, 1)));
    }

    @Test
    void nobodyKnowsWhereRequestsAreNotCounted() {
        assertFalse(Warmer.clientsStay(Traffic.NONE));
        assertFalse(Warmer.clientsStay(Traffic.accepted(5)));
    }
}
