package dev.baton.bench;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is written in the end. */
record Report(Map<String, String> machine, Scale scale, int connections, Results results) {
    String markdown(List<Section> sections) {
        StringBuilder text = new StringBuilder();
        text.append(machine.entrySet().stream()
                .map(fact -> fact.getKey() + " " + fact.getValue())
                .collect(Collectors.joining("; ", "Machine: ", ", the load client on it too.\n\n")));
        text.append("""
            %d clients; %d rounds, %d repeats. While upgraded: %d upgrades in %d s or more in the closed loop, one in the open loop. Figures are medians, with the least and the most. All times are in milliseconds.

            """.formatted(
                        connections,
                        scale.rounds(),
                        scale.repeats(),
                        scale.upgrades(),
                        scale.window().toSeconds()));
        results.notes().forEach(note -> text.append("- ").append(note).append('\n'));
        text.append(results.notes().isEmpty() ? "" : "\n");
        sections.stream()
                .filter(section -> !results.of(section.name()).isEmpty())
                .forEach(section -> text.append(section.tables(results)));
        return text.toString();
    }

    String picture() {
        return Picture.of(results.curves());
    }

    String json() {
        return results.json(machine);
    }
}
