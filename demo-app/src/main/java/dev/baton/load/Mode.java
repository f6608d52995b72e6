package dev.baton.load;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** How a client behaves towards the server. Each mode is a kind of client that breaks in its own way when a server is replaced. */
public enum Mode {
    /** Kept alive, one request right after the other. */
    KEEPALIVE("/"),
    /** A new connection for every request, ended by the server as the request asks. */
    CHURN("/"),
    /** Kept-alive POSTs, which no client may repeat; the body must come back. */
    POST("post:/echo"),
    /** Kept alive, with random pauses in which a server likes to close. */
    IDLE("/"),
    /** Requests that are in flight for long. */
    SLOW("/slow?ms=500"),
    /** Lines of text over bare TCP. */
    LINE("");

    private final String path;

    Mode(String path) {
        this.path = path;
    }

    List<String> paths() {
        return List.of(path);
    }

    Duration pause() {
        return this == IDLE ? Duration.ofMillis(200) : Duration.ZERO;
    }

    /** Requests a second that are not exceeded unless told otherwise: churn would use up the machine's ports and its time in TIME_WAIT. */
    double atMost() {
        return this == CHURN ? 2_000 : 0;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The mode of that name, as the command line writes it. */
    public static Mode named(String name) {
        for (Mode mode : values()) {
            if (mode.toString().equals(name)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("no mode is called '" + name + "': take one of " + List.of(values()));
    }
}
