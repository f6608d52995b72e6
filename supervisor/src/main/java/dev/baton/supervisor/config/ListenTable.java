package dev.baton.supervisor.config;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code [listen]} says.
 *
 * @param elsewhere whether there are listeners that it does not name
 */
record ListenTable(Section top, Section table, boolean elsewhere) {
    static final String NAME = "listen";

    Set<String> names() {
        return table.keys();
    }

    /** Whether there may be one of this name. */
    boolean has(String name) {
        return names().contains(name) || elsewhere;
    }

    /** A listener's name, if there may be one of that name. */
    String known(String name) throws Wrong {
        if (has(name)) {
            return name;
        }
        throw new Wrong(
                "no listener is called that",
                Spelling.nearest(name, names())
                        .map(near -> "did you mean \"" + near + "\"?")
                        .orElse("name one of those in [listen]"));
    }

    List<ListenerSpec> read() {
        if (names().isEmpty()) {
            if (!elsewhere) {
                top.wrong(
                        NAME,
                        "there is no listener",
                        "nobody could connect",
                        "write [listen], and below it http = \"0.0.0.0:8080\"");
            }
            return List.of();
        }
        List<ListenerSpec> listeners = new ArrayList<>();
        for (String name : names()) {
            Optional<ListenerSpec> listener = listener(name);
            listener.ifPresent(spec -> {
                listeners.stream()
                        .filter(other -> other.address().isInTheWayOf(spec.address()))
                        .forEach(other -> table.wrong(
                                name,
                                "listen." + name + " = \"" + spec.address().text() + "\"",
                                "listen." + other.name() + " = \""
                                        + other.address().text() + "\" is in its way",
                                "give each an address of its own"));
                listeners.add(spec);
            });
        }
        return listeners;
    }

    private Optional<ListenerSpec> listener(String name) {
        Optional<ListenAddress> address;
        Optional<Integer> backlog = Optional.empty();
        if (table.isTable(name)) {
            Section one = table.section(name);
            one.allow(Set.of("address", "backlog"), List.of());
            backlog = one.number("backlog", 1, "write something like 4096, or leave it out");
            address = one.text("address", "an address", ListenTable::address);
            if (!one.has("address")) {
                table.wrong(
                        name,
                        "listen." + name + " has no address",
                        "nobody could connect",
                        "write address = \"0.0.0.0:8080\"");
            }
        } else {
            address = table.text(name, "an address", ListenTable::address);
        }
        if (address.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ListenerSpec(name, address.get(), backlog.orElse(ListenerSpec.DEFAULT_BACKLOG)));
        } catch (IllegalArgumentException e) {
            table.wrongKey(
                    name,
                    "\"" + name + "\" in [listen]",
                    "it cannot be a listener's name",
                    "begin with a small letter; small letters, digits and - may follow");
            return Optional.empty();
        }
    }

    static ListenAddress address(String text) throws Wrong {
        try {
            return ListenAddress.parse(text);
        } catch (IllegalArgumentException e) {
            // "not an address: "TEXT": WHY", and perhaps "; REMEDY"
            String[] why = e.getMessage()
                    .replace("not an address: \"" + text + "\": ", "")
                    .split("; ", 2);
            throw new Wrong(
                    why[0],
                    why.length > 1
                            ? why[1]
                            : "write something like 127.0.0.1:8080, [::]:8080, :8080 or unix:/run/shop.sock");
        }
    }
}
