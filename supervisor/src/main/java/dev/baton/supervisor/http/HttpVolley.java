package dev.baton.supervisor.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks many times, over a few connections that are kept alive for a while, each with one call at a time. A connection
 * that failed rests before it is made anew, so that a server which has gone is not called in a loop.
 *
 * <p>Threading: the one that fires it, until it is over.
 *
 * @param to whom
 * @param calls one connection at a time for each of these, and after how many answers it is closed, and another one made
 * @param crowd beside them so many at once, each with one call, and again after each pause
 * @param pause between two crowds
 * @param atMost how long it may take
 * @param rest how long a connection rests that failed
 */
public record HttpVolley(
        SocketAddress to, List<Integer> calls, int crowd, Duration pause, Duration atMost, Duration rest) {
    public HttpVolley {
        calls = List.copyOf(calls);
    }

    /** What is asked, and what becomes of it. */
    public interface Course {
        /** What to ask next; empty: nothing more. */
        Optional<HttpCall> next();

        /** @param nanos from the first byte sent to the last one received */
        void onAnswer(HttpCall call, int status, long nanos);

        /** @param why what happened instead of a whole answer */
        void onFailure(HttpCall call, String why);
    }

    /**
     * Asks until the course has nothing more to ask, and has all its answers.
     *
     * @return whether that was in time; what had no answer by then is not told
     * @throws IOException if this program has no sockets left
     */
    public boolean fire(Course course) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        String host = to instanceof InetSocketAddress inet ? "localhost:" + inet.getPort() : "localhost";
        List<HttpCaller> callers = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int each : calls) {
                callers.add(new HttpCaller(to, host, each, selector, course, rest));
            }
            for (int i = 0; i < crowd; i++) {
                callers.add(new HttpCaller(to, host, 1, selector, course, rest));
            }
            long nextCrowd = System.nanoTime() + pause.toNanos();
            while (true) {
                long now = System.nanoTime();
                boolean crowded = now >= nextCrowd;
                if (crowded) {
                    nextCrowd = now + pause.toNanos();
                }
                long soonest = Math.min(deadline, nextCrowd);
                boolean busy = false;
                for (int i = 0; i < callers.size(); i++) {
                    HttpCaller caller = callers.get(i);
                    if (i < calls.size() || crowded || caller.isBusy()) {
                        soonest = Math.min(soonest, caller.ask(now));
                        busy |= caller.isBusy();
                    }
                }
                if (!busy) {
                    return true;
                }
                if (now >= deadline) {
                    return false;
                }
                selector.select(HttpVolley::proceed, Math.max(1, (soonest - now) / 1_000_000));
            }
        } finally {
            callers.forEach(HttpCaller::close);
        }
    }

    private static void proceed(SelectionKey key) {
        ((HttpCaller) key.attachment()).proceed();
    }
}
