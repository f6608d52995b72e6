package dev.baton.kit.connection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kit.Duplex;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RateLimitTest {
    private static final int RATE = 100_000;

    private final VirtualTime time = new VirtualTime();
    private final RateLimit limit = RateLimit.of(RATE, time);

    @Test
    void oneConnectionHasTheWholeLink() throws Exception {
        byte[] much = bytes(5 * RATE);
        MemoryDuplex client = new MemoryDuplex("");
        time.run(sending(client, much));
        assertEquals(5, time.seconds(), 0.02);
        assertArrayEquals(much, client.heard());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 64})
    void allThatSendAtOnceFinishTogether(int connections) throws Exception {
        List<Double> ends = time.run(times(connections, i -> sending(new MemoryDuplex(""), bytes(RATE))));
        assertEquals(connections, time.seconds(), 0.02);
        for (double end : ends) {
            assertEquals(connections, end, 0.02 * connections, "fair to the last byte");
        }
    }

    @Test
    void whatOneDoesNotUseTheOthersHave() throws Exception {
        List<Double> ends =
                time.run(sending(new MemoryDuplex(""), bytes(RATE)), sending(new MemoryDuplex(""), bytes(3 * RATE)));
        assertEquals(2, ends.get(0), 0.05, "half of the link until it is done");
        assertEquals(4, ends.get(1), 0.05, "and then the whole");
    }

    @Test
    void aSlowReaderDoesNotHoldUpTheOthers() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        Duplex stuck = limit.over(new Stuck(reads), false);
        List<Double> ends = time.run(
                () -> {
                    stuck.output().write(bytes(RATE));
                    return time.seconds();
                },
                () -> {
                    double end = sending(new MemoryDuplex(""), bytes(3 * RATE)).call();
                    reads.countDown();
                    return end;
                });
        assertEquals(3, ends.get(1), 0.05, "as if it had the link to itself");
    }

    @Test
    void bothDirectionsAreLimitedEachByItself() throws Exception {
        Duplex limited = limit.over(new MemoryDuplex(bytes(2 * RATE)), false);
        List<Double> ends = time.run(
                () -> {
                    assertEquals(2 * RATE, limited.input().readAllBytes().length);
                    return time.seconds();
                },
                () -> {
                    limited.output().write(bytes(2 * RATE));
                    return time.seconds();
                });
        assertEquals(2, ends.get(0), 0.02);
        assertEquals(2, ends.get(1), 0.02);
    }

    @Test
    void aSleepThatIsTooLongLosesNoCapacity() throws Exception {
        RateLimit late = RateLimit.of(RATE, new Time() {
            @Override
            public long nanos() {
                return time.nanos();
            }

            @Override
            public void sleepUntil(long moment) throws InterruptedException {
                time.sleepUntil(moment + TimeUnit.MILLISECONDS.toNanos(3));
            }
        });
        Duplex limited = late.over(new MemoryDuplex(""), false);
        time.run(() -> {
            limited.output().write(bytes(5 * RATE));
            return null;
        });
        assertEquals(5, time.seconds(), 0.03);
    }

    @ParameterizedTest
    @CsvSource({"1MiB/s,1048576", "500kB/s,500000", "64B/s,64", "2 KiB/s,2048", "10GB/s,10000000000"})
    void ratesAreReadAsPeopleWriteThem(String text, long expected) {
        assertEquals(expected, RateLimit.parse(text).bytesPerSecond());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1iB/s", "-1kB/s", "0B/s", "1MB", "fast", "999999999999GB/s"})
    void whatIsNoRateIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> RateLimit.parse(text));
    }

    @Test
    void aRealLinkIsNoFasterThanItSays() throws Exception {
        long start = System.nanoTime();
        RateLimit.of(1_000_000).over(new MemoryDuplex(""), false).output().write(bytes(300_000));
        assertTrue(System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(280));
    }

    private Callable<Double> sending(MemoryDuplex client, byte[] bytes) {
        Duplex limited = limit.over(client, false);
        return () -> {
            limited.output().write(bytes);
            return time.seconds();
        };
    }

    @SuppressWarnings("unchecked")
    private static Callable<Double>[] times(int n, java.util.function.IntFunction<Callable<Double>> one) {
        return java.util.stream.IntStream.range(0, n).mapToObj(one).toArray(Callable[]::new);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** A client that does not read until told. */
    private final class Stuck implements Duplex {
        private final CountDownLatch reads;
        private final MemoryDuplex below = new MemoryDuplex("");

        Stuck(CountDownLatch reads) {
            this.reads = reads;
        }

        @Override
        public java.io.InputStream input() {
            return below.input();
        }

        @Override
        public OutputStream output() {
            return new FilterOutputStream(below.output()) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    if (reads.getCount() > 0) {
                        time.aside();
                        try {
                            reads.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        } finally {
                            time.back();
                        }
                    }
                    out.write(bytes, offset, length);
                }
            };
        }
    }
}
