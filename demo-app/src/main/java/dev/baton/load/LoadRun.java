package dev.baton.load;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Load that is on, or was.
 *
 * <p>Threading: any thread may call anything. Order: once the run is over, whether by its duration or by {@link #stop}, the requests in
 * flight are finished and counted, and the report changes no more.
 */
public final class LoadRun implements AutoCloseable {
    /** Small, for there may be thousands. */
    private static final long STACK_SIZE = 256 * 1024;

    private final LoadPlan plan;
    private final Pace pace;
    private final Tally tally;
    private final List<Client> clients;
    private final List<Thread> threads;
    private final Thread clock;
    private final CountDownLatch clientsLeft;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile LoadReport last;

    private LoadRun(LoadPlan plan, Answers answers) {
        this.plan = plan;
        pace = new Pace(plan);
        tally = new Tally(answers);
        clients = IntStream.range(0, plan.connections()).mapToObj(this::client).toList();
        clientsLeft = new CountDownLatch(clients.size());
        String name = "load-" + plan.mode() + "-";
        threads = IntStream.range(0, clients.size())
                .mapToObj(i -> daemon(() -> live(clients.get(i)), name + i))
                .toList();
        clock = daemon(this::tick, name + "clock");
    }

    static LoadRun start(LoadPlan plan, Answers answers) {
        LoadRun run = new LoadRun(plan, answers);
        run.threads.forEach(Thread::start);
        run.clock.start();
        return run;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, STACK_SIZE);
        thread.setDaemon(true);
        return thread;
    }

    private Client client(int number) {
        return plan.mode() == Mode.LINE
                ? new LineClient(plan, number, pace, tally)
                : new HttpClient(plan, number, pace, tally);
    }

    private void live(Client client) {
        try {
            client.run();
        } finally {
            clientsLeft.countDown();
        }
    }

    /** Ends the slices, the overdue requests and, when its time has come, the run. */
    private void tick() {
        long slice = plan.resolution().toNanos();
        long start = System.nanoTime();
        long next = start + slice;
        long end = plan.duration().isZero() ? Long.MAX_VALUE : plan.duration().toNanos();
        while (clientsLeft.getCount() > 0) {
            long now = System.nanoTime();
            if (now - start >= end && !pace.isOver()) {
                endPace();
            }
            if (now - next >= 0) {
                tally.endSlice();
                next += slice;
                clients.forEach(client -> client.giveUpIfOverdue(now));
            }
            long untilEnd = pace.isOver() ? slice : start + end - now;
            awaitClients(Math.min(next - now, Math.max(untilEnd, 0)));
        }
        tally.endSlice();
        last = tally.report(plan, tally.elapsed());
        over.countDown();
    }

    private void awaitClients(long nanos) {
        try {
            clientsLeft.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Nobody but this class has this thread, and it does not interrupt it.
        }
    }

    private void endPace() {
        pace.end();
        threads.forEach(LockSupport::unpark);
    }

    /** What was asked for. */
    public LoadPlan plan() {
        return plan;
    }

    /** The counters as they stand; cheap. */
    public Counts counts() {
        return tally.counts();
    }

    /** The whole report as it stands. */
    public LoadReport snapshot() {
        LoadReport report = last;
        return report != null ? report : tally.report(plan, tally.elapsed());
    }

    /**
     * Waits for the answers to what was sent, in an open loop sends what was due and waits for that, has clients that wait between
     * requests send a last one, closes the connections. Takes at most as long as these three requests may take. An interrupt cuts the waiting short, with the report as it stands then.
     */
    public LoadReport stop() {
        endPace();
        try {
            Duration patience =
                    plan.timeout().plus(plan.slowness()).multipliedBy(3).plusSeconds(5);
            if (!over.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("clients of " + plan + " did not end within " + patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return snapshot();
    }

    /** Waits until the run's duration is over, or until another thread stops it. */
    public LoadReport await() throws InterruptedException {
        over.await();
        return last;
    }

    /**
     * Waits no longer than that.
     *
     * @return whether the run is over
     */
    public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
        return over.await(timeout, unit);
    }

    @Override
    public void close() {
        stop();
    }
}
