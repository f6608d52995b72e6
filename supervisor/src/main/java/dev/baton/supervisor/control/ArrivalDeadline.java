package dev.baton.supervisor.control;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections whose request has not arrived whole in time. An idle timeout alone would let a client that sends
 * a byte now and then keep its place for ever.
 *
 * <p>There is one request to a connection, so the time runs from its opening to {@link #met}.
 */
final class ArrivalDeadline implements Connection.Listener {
    private final Scheduler scheduler;
    private final Duration atMost;
    private final Map<Connection, Scheduler.Task> running = new ConcurrentHashMap<>();

    ArrivalDeadline(Scheduler scheduler, Duration atMost) {
        this.scheduler = scheduler;
        this.atMost = atMost;
    }

    @Override
    public void onOpened(Connection connection) {
        Runnable close = () -> connection.getEndPoint().close(new TimeoutException("the request took too long"));
        running.put(connection, scheduler.schedule(close, atMost.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public void onClosed(Connection connection) {
        met(connection);
    }

    /** The connection's request has arrived: no more hurry. */
    void met(Connection connection) {
        Scheduler.Task task = running.remove(connection);
        if (task != null) {
            task.cancel();
        }
    }
}
