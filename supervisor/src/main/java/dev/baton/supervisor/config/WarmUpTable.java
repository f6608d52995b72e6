package dev.baton.supervisor.config;

import dev.baton.supervisor.Check;
import dev.baton.supervisor.WarmUp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What {@code [warm-up]} says.
 *
 * @param elsewhere which listener is meant whatever is said here
 */
record WarmUpTable(Section top, Section table, ListenTable listen, Optional<String> elsewhere) {
    static final String NAME = "warm-up";
    static final Set<String> KEYS = Set.of("listener", "requests", "count", "timeout");

    private static final String REQUESTS = "requests = [\"GET /\"]";
    private static final String COUNT = "write a number like 200, or \"settled\"";
    private static final String USUAL = "http";

    /** @param check whose listener is the one, where nothing else is said */
    Optional<WarmUp> read(Optional<Check> check) {
        if (!top.isTable(NAME)) {
            return Optional.empty();
        }
        Optional<String> listener = listener(check);
        List<String> requests = requests();
        OptionalInt count = count();
        Duration timeout = Keys.some(table, "timeout", "nothing gets warm in no time", "10s")
                .orElse(WarmUp.TIMEOUT);
        return requests.isEmpty() ? Optional.empty() : listener.map(name -> new WarmUp(name, requests, count, timeout));
    }

    private Optional<String> listener(Optional<Check> check) {
        if (table.has("listener")) {
            Optional<String> said = table.text("listener", "a listener's name", listen::known);
            return elsewhere.or(() -> said);
        }
        if (elsewhere.isPresent()) {
            return elsewhere;
        }
        Set<String> listeners = listen.names();
        Optional<String> likely = check.map(Check::listener)
                .or(() -> Optional.of(USUAL).filter(listen::has))
                .or(() ->
                        listeners.stream().filter(name -> listeners.size() == 1).findFirst());
        if (likely.isEmpty() && !listeners.isEmpty()) {
            top.wrong(
                    NAME,
                    "warm-up has no listener",
                    "there is more than one, and none is called " + USUAL,
                    "write listener = \"" + listeners.iterator().next() + "\", or whichever speaks HTTP");
        }
        return likely;
    }

    private List<String> requests() {
        Optional<List<String>> requests = table.texts("requests", "a request", REQUESTS, WarmUpTable::request);
        if (!table.has("requests") || requests.filter(List::isEmpty).isPresent() && !table.hasElements("requests")) {
            top.wrong(NAME, "warm-up has no requests", "nothing could be sent", "write " + REQUESTS);
        }
        return requests.orElse(List.of());
    }

    private static String request(String text) throws Wrong {
        if (WarmUp.isRequest(text)) {
            return text;
        }
        throw new Wrong(
                "it is no request that can be sent",
                "write GET, HEAD or OPTIONS, which change nothing, and a path, like \"GET /search?q=a\"");
    }

    private OptionalInt count() {
        if (table.isText("count")) {
            table.text("count", "a number or a text", text -> {
                if (!text.equals(WarmUp.SETTLED)) {
                    throw new Wrong("there is no such choice", COUNT);
                }
                return text;
            });
            return OptionalInt.empty();
        }
        return table.number("count", 1, COUNT).map(OptionalInt::of).orElse(OptionalInt.empty());
    }
}
