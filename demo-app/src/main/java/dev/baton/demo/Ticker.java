package dev.baton.demo;

import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Writes a response piece by piece, one after each pause, without a thread that waits. A client that is gone ends it: the write fails.
 *
 * <p>Threading: a piece is written only after the one before it is out, so there is never more than one.
 */
final class Ticker {
    private final Scheduler scheduler;
    private final long millis;
    private final Response response;
    private final Callback callback;
    private LongFunction<String> pieces;
    private long written;

    Ticker(Scheduler scheduler, long millis, Response response, Callback callback) {
        this.scheduler = scheduler;
        this.millis = millis;
        this.response = response;
        this.callback = callback;
    }

    /**
     * A HEAD is answered at once: nothing is written for it, so no write would ever fail. Its head goes before its end, or it
     * would claim a length that a GET does not have.
     *
     * @param wanted the text of each piece, numbered from 0; null after the last
     */
    void start(LongFunction<String> wanted) {
        pieces = wanted;
        if (HttpMethod.HEAD.is(response.getRequest().getMethod())) {
            response.write(false, null, Callback.from(this::end, callback::failed));
        } else {
            write();
        }
    }

    private void write() {
        String piece = pieces.apply(written);
        if (piece == null) {
            end();
            return;
        }
        written++;
        Content.Sink.write(response, false, piece, Callback.from(this::pause, callback::failed));
    }

    private void end() {
        response.write(true, null, callback);
    }

    private void pause() {
        scheduler.schedule(this::write, millis, TimeUnit.MILLISECONDS);
    }
}
