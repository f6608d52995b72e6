package dev.baton.supervisor.control;

import dev.baton.supervisor.Transition;
import dev.baton.supervisor.json.Json;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;

/**
 * The supervisor's transitions, the last thousand of them or as many as {@value #MOST_TEXT} characters hold, each with a
 * number. Whoever follows them keeps his own place
 * and is only woken: there is one copy of each event, however many follow, and nobody is waited for.
 *
 * <p>Numbers grow, also from one supervisor to the next one of the same app, so that a follower can go on after it.
 *
 * <p>Threading: any; the lifecycle's thread writes, and keeps the monitor for no longer than a look takes.
 */
public final class EventLog implements Consumer<Transition> {
    static final int USUAL_LENGTH = 1000;

    /** Commands may be long, and each event has them. */
    static final int MOST_TEXT = 4 * 1024 * 1024;

    private static final int MOST_AT_ONCE = 64 * 1024;

    /** An event as it is sent: its number, and one line of JSON. */
    record Event(long id, String json) {}

    /** Somebody who follows. Neither call may keep the thread that makes it, which is the lifecycle's own. */
    interface Follower {
        /** There is something new. */
        void wake();

        /** There will be nothing new. */
        void finish();
    }

    private final int longest;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Set<Follower> followers = new CopyOnWriteArraySet<>();
    private int text;
    private long last;

    public EventLog() {
        this(InstantSource.system(), USUAL_LENGTH);
    }

    EventLog(InstantSource clock, int longest) {
        this.last = clock.millis();
        this.longest = longest;
    }

    @Override
    public void accept(Transition transition) {
        synchronized (this) {
            last++;
            Event event = new Event(last, Json.write(StatusJson.of(transition, last)));
            events.add(event);
            text += event.json.length();
            while (events.size() > longest || text > MOST_TEXT) {
                text -= events.remove().json.length();
            }
        }
        followers.forEach(Follower::wake);
    }

    /** Up to so many events behind this one, oldest first; and where they are long, not so many at once. */
    synchronized List<Event> after(long id, int most) {
        List<Event> found = new ArrayList<>();
        int length = 0;
        for (Event event : events) {
            if (event.id > id && found.size() < most && length < MOST_AT_ONCE) {
                found.add(event);
                length += event.json.length();
            }
        }
        return found;
    }

    /** Where a follower goes on who has seen this one: not before what is kept, and not behind what is to come. */
    synchronized long place(long seen) {
        long oldest = events.isEmpty() ? last : events.peek().id - 1;
        return Math.max(oldest, Math.min(seen, last));
    }

    /** Whether nothing behind this one has been forgotten yet. */
    synchronized boolean reachesBackTo(long id) {
        return events.isEmpty() || events.peek().id <= id + 1;
    }

    void follow(Follower follower) {
        followers.add(follower);
    }

    void unfollow(Follower follower) {
        followers.remove(follower);
    }

    /** Nothing will happen any more: whoever follows is sent the rest, and leaves. */
    void end() {
        followers.forEach(Follower::finish);
    }

    /** How many follow at this moment. */
    public int followers() {
        return followers.size();
    }
}
