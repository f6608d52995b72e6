package dev.baton.handover;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What supervisor and workers say to each other. The first part is the worker's, the second the supervisor's, and the
 * third is what two workers say while connections move from one to the other.
 *
 * <p>On the wire a message is {@code KEY=VALUE} lines like sd_notify's, its TYPE first. A reader takes nothing on
 * trust: a missing key or a number that is none is an {@link IOException}. What only a newer version says is passed over:
 * keys that are not asked for, and a whole message as {@link Unknown}.
 */
public sealed interface Message {
    // ---- worker to supervisor ----

    /** The first word of a worker; its pid must be the one that the kernel names, its token the one it was given. */
    record Hello(int pid, String token) implements Message {}

    /** The program has bound this listener: it is checked and warmed at the private address until it may accept. */
    record Bound(String listener, String privateAddress) implements Message {}

    /** All that the program listens at where others can reach it and nobody supervises it. */
    record Elsewhere(List<String> addresses) implements Message {
        private static final int MOST = 100;

        public Elsewhere {
            addresses = List.copyOf(addresses.subList(0, Math.min(MOST, addresses.size())));
        }
    }

    /** The program can serve. */
    record Ready() implements Message {}

    /** The public listeners are plugged in. */
    record Accepting() implements Message {}

    /** The public listeners are unplugged; what was accepted is still served. */
    record Parked() implements Message {}

    /** How it stands: connections with a request in work, without one, and those that the next worker has taken. */
    record Progress(long active, long idle, long handedOver) implements Message {}

    /** What it has served since it began. */
    record Served(Traffic traffic) implements Message {}

    /**
     * No connection is left; {@code cut} names those that the deadline closed, one each. Where there are more of them
     * than a frame can name, the last line says how many more: the message that a drain is over must always get through.
     */
    record Drained(List<String> cut) implements Message {
        public Drained {
            cut = CutLines.fitting(cut);
        }
    }

    /** The program leaves by its own decision. */
    record Goodbye() implements Message {}

    // ---- supervisor to worker ----

    /**
     * The public listeners, in the order of their descriptors, which travel with this message. From a worker it is the
     * answer to {@link Return}.
     */
    record Listeners(String app, int generation, List<ListenerSpec> listeners) implements Message {
        public Listeners {
            listeners = List.copyOf(listeners);
        }
    }

    /** Plug the public listeners in. */
    record Accept() implements Message {}

    /** Unplug them. */
    record Park() implements Message {}

    /** Finish what there is; what is left at the deadline is closed. A socket to the next worker may travel with it. */
    record Drain(Duration deadline) implements Message {}

    /** Connections of the previous worker come over the socket that travels with this message. */
    record Adopt() implements Message {}

    /**
     * The answer to the hello of a worker whose supervisor has died: give the public listeners back. The worker says
     * {@link Listeners} with a descriptor of each that it holds, and only then is given its own.
     */
    record Return() implements Message {}

    /** The writing ends of two pipes travel with this message: for standard output and error, where nobody reads them. */
    record Output() implements Message {}

    // ---- worker to worker ----

    /** Part of the state of the connection that comes next. */
    record State(String base64) implements Message {}

    /** A connection, whose descriptor travels with this message: take it, or decline it. */
    record Offer(long id, String listener, String protocol) implements Message {}

    /** It is mine now. */
    record Taken(long id) implements Message {}

    /** It stays yours. */
    record Declined(long id, String reason) implements Message {}

    // ---- any to any ----

    /** Of a type, or with figures, that only another version knows. Whoever can do without it goes on. */
    record Unknown(String type) implements Message {
        public Unknown {
            type = Lines.shortened(type);
        }
    }

    // ---- the text of it ----

    /** A year, in milliseconds: beyond it somebody has miscounted, and sums of nanoseconds would overflow. */
    long LONGEST_DEADLINE = 366L * 24 * 60 * 60 * 1000;

    /** More than can be in a hundred years: whoever says more has miscounted, and sums would overflow. */
    long MOST_COUNTED = 1L << 52;

    /** What goes over the wire, without its length. */
    default String encode() {
        Lines lines = new Lines();
        lines.put(
                "TYPE",
                this instanceof Unknown m ? m.type : getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
        if (this instanceof Hello m) {
            lines.put("PID", m.pid).put("TOKEN", m.token);
        } else if (this instanceof Bound m) {
            lines.put("LISTENER", m.listener).put("ADDRESS", m.privateAddress);
        } else if (this instanceof Elsewhere m) {
            lines.put("AT", m.addresses);
        } else if (this instanceof Progress m) {
            lines.put("ACTIVE", m.active).put("IDLE", m.idle).put("HANDED_OVER", m.handedOver);
        } else if (this instanceof Served m) {
            lines.put("ACCEPTED", m.traffic.accepted()).put("MICROS", m.traffic.micros());
            lines.put("STATUSES", m.traffic.statuses());
            lines.put("LATENCIES", m.traffic.latencies());
        } else if (this instanceof Drained m) {
            lines.put("CUT", m.cut);
        } else if (this instanceof Listeners m) {
            lines.put("APP", m.app).put("GENERATION", m.generation).put("COUNT", m.listeners.size());
            for (int i = 0; i < m.listeners.size(); i++) {
                ListenerSpec spec = m.listeners.get(i);
                lines.put("NAME." + i, spec.name())
                        .put("ADDRESS." + i, spec.address().text())
                        .put("BACKLOG." + i, spec.backlog());
                if (spec.address() instanceof ListenAddress.Inet inet) {
                    lines.put("IP." + i, inet.ip());
                }
            }
        } else if (this instanceof Drain m) {
            lines.put("DEADLINE_MS", m.deadline.toMillis());
        } else if (this instanceof State m) {
            lines.put("BASE64", m.base64);
        } else if (this instanceof Offer m) {
            lines.put("ID", m.id).put("LISTENER", m.listener).put("PROTOCOL", m.protocol);
        } else if (this instanceof Taken m) {
            lines.put("ID", m.id);
        } else if (this instanceof Declined m) {
            lines.put("ID", m.id).put("REASON", m.reason);
        }
        return lines.text();
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IOException if it is no message
     */
    static Message decode(String text) throws IOException {
        Map<String, String> lines = Lines.parse(text);
        String type = Lines.text(lines, "TYPE");
        try {
            return switch (type) {
                case "hello" -> new Hello(Lines.integer(lines, "PID"), Lines.text(lines, "TOKEN"));
                case "bound" -> new Bound(Lines.text(lines, "LISTENER"), Lines.text(lines, "ADDRESS"));
                case "elsewhere" -> new Elsewhere(Lines.list(lines, "AT"));
                case "ready" -> new Ready();
                case "accepting" -> new Accepting();
                case "parked" -> new Parked();
                case "progress" ->
                    new Progress(number(lines, "ACTIVE"), number(lines, "IDLE"), number(lines, "HANDED_OVER"));
                case "served" -> served(lines);
                case "drained" -> new Drained(Lines.list(lines, "CUT"));
                case "goodbye" -> new Goodbye();
                case "listeners" ->
                    new Listeners(Lines.text(lines, "APP"), Lines.integer(lines, "GENERATION"), specs(lines));
                case "accept" -> new Accept();
                case "park" -> new Park();
                case "drain" -> new Drain(Duration.ofMillis(Lines.number(lines, "DEADLINE_MS", 0, LONGEST_DEADLINE)));
                case "adopt" -> new Adopt();
                case "return" -> new Return();
                case "output" -> new Output();
                case "state" -> new State(Lines.text(lines, "BASE64"));
                case "offer" ->
                    new Offer(number(lines, "ID"), Lines.text(lines, "LISTENER"), Lines.text(lines, "PROTOCOL"));
                case "taken" -> new Taken(number(lines, "ID"));
                case "declined" -> new Declined(number(lines, "ID"), Lines.text(lines, "REASON"));
                default -> new Unknown(type);
            };
        } catch (IllegalArgumentException e) {
            throw new IOException("a " + type + " message that cannot be: " + Lines.shortened(e.getMessage()), e);
        }
    }

    private static long number(Map<String, String> lines, String key) throws IOException {
        return Lines.number(lines, key, 0, Long.MAX_VALUE);
    }

    private static Message served(Map<String, String> lines) throws IOException {
        long accepted = Lines.number(lines, "ACCEPTED", 0, MOST_COUNTED);
        List<Long> statuses = Lines.numbers(lines, "STATUSES", MOST_COUNTED);
        List<Long> latencies = Lines.numbers(lines, "LATENCIES", MOST_COUNTED);
        long micros = Lines.number(lines, "MICROS", 0, MOST_COUNTED);
        return Traffic.isShapeOf(statuses, latencies)
                ? new Served(new Traffic(accepted, statuses, latencies, micros))
                : new Unknown("served");
    }

    private static List<ListenerSpec> specs(Map<String, String> lines) throws IOException {
        int count = Lines.count(lines, "COUNT");
        List<ListenerSpec> specs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String ip = lines.getOrDefault("IP." + i, "");
            specs.add(new ListenerSpec(
                    Lines.text(lines, "NAME." + i),
                    ListenAddress.parse(Lines.text(lines, "ADDRESS." + i), ip),
                    Lines.integer(lines, "BACKLOG." + i)));
        }
        return specs;
    }
}
