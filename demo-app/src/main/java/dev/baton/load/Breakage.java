package dev.baton.load;

import java.io.IOException;
import java.net.BindException;

/** A request that did not come to a good end. Thrown where it is noticed, counted once where the request began. */
final class Breakage extends Exception {
    private static final long serialVersionUID = 1;

    /** Null where the client itself could not do its part. */
    private final Broken kind;

    private final boolean connectionUsable;

    private Breakage(Broken kind, String detail, boolean connectionUsable) {
        super(detail, null, false, false);
        this.kind = kind;
        this.connectionUsable = connectionUsable;
    }

    /** The connection is gone, or nobody knows what comes on it next. */
    static Breakage fatal(Broken kind, String detail) {
        return new Breakage(kind, detail, false);
    }

    /** The answer was not what it should be, but it came whole. */
    static Breakage ofAnswer(Broken kind, String detail) {
        return new Breakage(kind, detail, true);
    }

    /** Tells the server's refusal from the client's own want of ports, descriptors or memory. */
    static Breakage ofConnect(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        boolean own = failure instanceof BindException
                || message.contains("Cannot assign requested address")
                || message.contains("Too many open files")
                || message.contains("No buffer space")
                || message.contains("Cannot allocate memory");
        return own ? ownTrouble(message) : fatal(Broken.REFUSED, message);
    }

    static Breakage ownTrouble(String detail) {
        return new Breakage(null, detail, false);
    }

    boolean isOwnTrouble() {
        return kind == null;
    }

    Broken kind() {
        return kind;
    }

    boolean connectionUsable() {
        return connectionUsable;
    }

    /** No answer is to be had where there is nobody to connect to; asking again at once would only burn the processor. */
    boolean worthAPause() {
        return kind == null || kind == Broken.REFUSED;
    }
}
