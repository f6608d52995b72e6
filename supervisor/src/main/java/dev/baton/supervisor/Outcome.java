package dev.baton.supervisor;

import java.util.Locale;

/** How an upgrade ended. */
public enum Outcome {
    /** The new generation serves, and the old one is gone. */
    UPGRADED,
    /** Another upgrade was running. */
    REFUSED,
    EXITED_BEFORE_READY,
    NOT_READY_IN_TIME,
    CHECK_FAILED,
    HANDOVER_FAILED,
    /** The new generation served for a while, and the old one serves again; or the upgrade was called off before that. */
    ROLLED_BACK;

    /** As it stands in JSON and metrics: {@code exited-before-ready}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The one of this {@link #text}. */
    static Outcome of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
