package dev.baton.handover;

import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/**
 * A listener: its name, where it listens, and how many connections may wait there.
 *
 * @param backlog connections that may wait to be accepted; the kernel caps it at net.core.somaxconn
 */
public record ListenerSpec(String name, ListenAddress address, int backlog) {
    /** Never the JDK's 50, which a burst during a start-up overflows: the next connect(2) then hangs for seconds. */
    public static final int DEFAULT_BACKLOG = 4096;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

    public ListenerSpec {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a listener's name: \"" + name
                    + "\": it starts with a small letter, and small letters, digits and - follow");
        }
        if (backlog < 1) {
            throw new IllegalArgumentException("listener " + name + ": a backlog is at least 1, not " + backlog);
        }
    }

    /**
     * Reads {@code NAME=ADDRESS}.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    public static ListenerSpec parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException(
                    "not a listener: \"" + text + "\": write NAME=ADDRESS, like http=0.0.0.0:8080");
        }
        return new ListenerSpec(
                text.substring(0, equals), ListenAddress.parse(text.substring(equals + 1)), DEFAULT_BACKLOG);
    }

    /** Whether a program that binds {@code wanted} can mean this listener. */
    public boolean covers(InetSocketAddress wanted) {
        return address instanceof ListenAddress.Inet inet && inet.covers(wanted);
    }

    @Override
    public String toString() {
        return name + "=" + address.text();
    }
}
