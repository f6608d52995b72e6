package dev.baton.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts answers by who gave them. */
final class Answerers {
    private static final byte[] MARK = " gen=".getBytes(StandardCharsets.US_ASCII);

    private final Map<Answerer, LongAdder> counts = new ConcurrentHashMap<>();

    SortedMap<Answerer, Long> counts() {
        SortedMap<Answerer, Long> result = new TreeMap<>();
        counts.forEach((answerer, count) -> result.put(answerer, count.sum()));
        return Collections.unmodifiableSortedMap(result);
    }

    /** A view for one client. It remembers whom it saw last, for the next answer is nearly always of the same. */
    Memory memory() {
        return new Memory();
    }

    /** Confined to one client's thread. */
    final class Memory {
        private byte[] last = {};
        private LongAdder count;

        /**
         * Counts the answer if it begins with {@code LABEL gen=N}.
         *
         * @return whether it does
         */
        boolean note(byte[] text, int length) {
            int end = endOfName(text, length);
            if (end < 0) {
                return false;
            }
            if (!Arrays.equals(last, 0, last.length, text, 0, end)) {
                last = Arrays.copyOf(text, end);
                count = counts.computeIfAbsent(answerer(last), key -> new LongAdder());
            }
            count.increment();
            return true;
        }

        private static int endOfName(byte[] text, int length) {
            for (int i = 1; i + MARK.length < length && text[i] != '\n'; i++) {
                if (Arrays.equals(text, i, i + MARK.length, MARK, 0, MARK.length)) {
                    int end = i + MARK.length;
                    while (end < length && end - i - MARK.length < 9 && text[end] >= '0' && text[end] <= '9') {
                        end++;
                    }
                    return end == i + MARK.length ? -1 : end;
                }
            }
            return -1;
        }

        private static Answerer answerer(byte[] name) {
            String text = new String(name, StandardCharsets.UTF_8);
            int mark = text.indexOf(" gen=");
            return new Answerer(text.substring(0, mark), Integer.parseInt(text.substring(mark + MARK.length)));
        }
    }
}
