package dev.baton.supervisor.control;

import dev.baton.supervisor.control.EventLog.Event;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows the events: server-sent events, as the HTML standard has them. It is sent what it has not
 * seen as fast as it reads. One that does not read is dropped: when a write has
 * lasted from one beat to the next, or when the log has forgotten what it
 * would have to be sent next.
 *
 * <p>Threading: any; one write at a time. The monitor guards its place, and no write is made under it.
 */
final class EventStream implements EventLog.Follower {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final int MOST_AT_ONCE = 16;
    private static final Duration FAREWELL = Duration.ofMillis(500);

    private final EventLog log;
    private final Response response;
    // A request that is over does not tell these any more.
    private final Executor executor;
    private final Scheduler scheduler;
    private final EndPoint connection;
    private final Callback end;
    private final Duration beat;
    private long seen;
    private boolean writing;
    /** Whether what is being written was so at the last beat already. */
    private boolean late;

    private boolean finishing;
    private boolean over;
    private Scheduler.Task nextBeat;

    private EventStream(EventLog log, long seen, Duration beat, Request request, Response response, Callback end) {
        this.log = log;
        this.seen = seen;
        this.beat = beat;
        this.response = response;
        this.executor = request.getComponents().getExecutor();
        this.scheduler = request.getComponents().getScheduler();
        this.connection = request.getConnectionMetaData().getConnection().getEndPoint();
        this.end = end;
    }

    /**
     * Begins, with the place that the client goes on from where the stream ends before the first event.
     *
     * @param seen the last event that the client has seen
     * @param beat how often a sign of life is sent, and how long a write may take at least
     */
    static void begin(EventLog log, long seen, Duration beat, Request request, Response response, Callback end) {
        EventStream stream = new EventStream(log, seen, beat, request, response, end);
        log.follow(stream);
        stream.write(": the supervisor's transitions\nid: " + seen + "\n\n");
        stream.armBeat();
    }

    /** Costs the caller nothing: whatever is sent is sent by a thread of the server. */
    @Override
    public void wake() {
        try {
            executor.execute(this::sendNext);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // Where there was no thread to be had it waits for the next one; the caller has others to wake.
            LOG.debug("events=delayed", e);
        }
    }

    /** Sends the rest, and ends; whoever does not take it in time is dropped. */
    @Override
    public void finish() {
        synchronized (this) {
            finishing = true;
        }
        scheduler.schedule(() -> drop("the supervisor stops"), FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        wake();
    }

    private void sendNext() {
        String text;
        boolean last = false;
        synchronized (this) {
            if (over || writing) {
                return;
            }
            if (!log.reachesBackTo(seen)) {
                text = null;
            } else {
                List<Event> next = log.after(seen, MOST_AT_ONCE);
                if (next.isEmpty() && !finishing) {
                    return;
                }
                last = next.isEmpty();
                seen = last ? seen : next.get(next.size() - 1).id();
                text = text(next);
                begin();
            }
        }
        if (last) {
            end(null);
        } else if (text == null) {
            drop("it has fallen behind by more than the log keeps");
        } else {
            send(text);
        }
    }

    private static String text(List<Event> events) {
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            text.append("id: ").append(event.id()).append("\nevent: transition\ndata: ");
            text.append(event.json()).append("\n\n");
        }
        return text.toString();
    }

    private void write(String text) {
        synchronized (this) {
            if (over || writing) {
                return;
            }
            begin();
        }
        send(text);
    }

    private void begin() {
        writing = true;
        late = false;
    }

    private void send(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        response.write(false, bytes, Callback.from(this::written, failure -> end(failure)));
    }

    private void written() {
        synchronized (this) {
            writing = false;
        }
        wake();
    }

    private void armBeat() {
        synchronized (this) {
            if (!over) {
                nextBeat = scheduler.schedule(this::beat, beat.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    private void beat() {
        boolean stuck;
        synchronized (this) {
            stuck = writing && late;
            late = writing;
        }
        if (stuck) {
            drop("it does not read");
            return;
        }
        armBeat();
        write(":\n\n");
    }

    private void drop(String why) {
        synchronized (this) {
            if (over) {
                return;
            }
        }
        LOG.info("events=dropped reason=\"{}\"", why);
        TimeoutException reason = new TimeoutException(why);
        // What is being written cannot be taken back, so that the connection goes with it.
        connection.close(reason);
        end(reason);
    }

    /** @param why null: it has been sent everything */
    private void end(Throwable why) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            if (nextBeat != null) {
                nextBeat.cancel();
            }
        }
        log.unfollow(this);
        if (why == null) {
            end.succeeded();
        } else {
            end.failed(why);
        }
    }
}
