package dev.baton.process;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** A client library in this JVM: threads that repeat an exchange, each on its own, until they are stopped. */
final class Library implements ForeignClient {
    /** One request and its answer, or one message and its echo. */
    interface Exchange {
        /**
         * @param over whether it is time to come to an end
         * @return what is wrong with the answer; null where nothing is
         */
        String run(int thread, BooleanSupplier over) throws Exception;
    }

    private final AtomicLong answered = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private final AutoCloseable library;

    /** @param library what is closed at the end */
    Library(String name, int clients, AutoCloseable library, Exchange exchange) {
        this.library = library;
        for (int i = 0; i < clients; i++) {
            int number = i;
            Thread thread = new Thread(() -> repeat(number, exchange), name + "-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void repeat(int number, Exchange exchange) {
        while (!over.get() && complaints.size() < 20) {
            try {
                String wrong = exchange.run(number, over::get);
                if (wrong == null) {
                    answered.incrementAndGet();
                } else {
                    complaints.add(wrong);
                }
            } catch (Exception e) {
                complaints.add(e.getCause() == null ? e.toString() : e + ", because of " + e.getCause());
            }
        }
    }

    @Override
    public long answered() {
        return answered.get();
    }

    @Override
    public List<String> complaints() throws InterruptedException {
        over.set(true);
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(30));
            if (thread.isAlive()) {
                complaints.add(thread.getName() + " does not end");
            }
        }
        return List.copyOf(complaints);
    }

    @Override
    public void close() {
        over.set(true);
        try {
            library.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
