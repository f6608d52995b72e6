package dev.baton.handover;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/** A message of every type, with values that need care. */
final class Examples {
    /** What a careless encoding would fall over. */
    static final String AWKWARD = "a=b\nTYPE=goodbye\n\\n\\\\ = \r\t“ü”\uD83D\uDE80\\";

    private static final List<Message> ALL = make();

    private Examples() {}

    static List<Message> all() {
        return ALL;
    }

    private static List<Message> make() {
        return List.of(
                new Message.Hello(4711, AWKWARD),
                new Message.Hello(Integer.MAX_VALUE, ""),
                new Message.Bound("http", "127.0.0.1:41234"),
                new Message.Bound(AWKWARD, AWKWARD),
                new Message.Elsewhere(List.of()),
                new Message.Elsewhere(List.of(":9090", AWKWARD)),
                new Message.Ready(),
                new Message.Accepting(),
                new Message.Parked(),
                new Message.Progress(1, 2, Long.MAX_VALUE),
                new Message.Served(Traffic.NONE),
                new Message.Served(new Traffic(
                        Message.MOST_COUNTED,
                        List.of(1L, 2L, 3L, 4L, 5L, Message.MOST_COUNTED),
                        Traffic.NONE.latencies(),
                        7)),
                new Message.Drained(List.of()),
                new Message.Drained(List.of("line /127.0.0.1:5 open for 3 s, at work", AWKWARD, "")),
                new Message.Goodbye(),
                new Message.Listeners("shop", 1, List.of()),
                new Message.Listeners(
                        AWKWARD,
                        7,
                        List.of(
                                spec("http", "0.0.0.0:8080", 4096),
                                spec("https", "[::]:8443", 1),
                                spec("local", "unix:/run/a b=c\\/\u00e4.sock", 128),
                                spec("line", ":7000", Integer.MAX_VALUE),
                                spec("passed", "systemd:http=1", 5))),
                new Message.Accept(),
                new Message.Park(),
                new Message.Drain(Duration.ZERO),
                new Message.Drain(Duration.ofMillis(30_001)),
                new Message.Adopt(),
                new Message.Return(),
                new Message.Output(),
                new Message.State(""),
                new Message.State("AAECAw=="),
                new Message.Offer(Long.MAX_VALUE, "line", AWKWARD),
                new Message.Taken(0),
                new Message.Declined(1, AWKWARD),
                new Message.Unknown("novelty"));
    }

    static Message any(Random random) {
        return ALL.get(random.nextInt(ALL.size()));
    }

    private static ListenerSpec spec(String name, String address, int backlog) {
        return new ListenerSpec(name, ListenAddress.parse(address), backlog);
    }
}
