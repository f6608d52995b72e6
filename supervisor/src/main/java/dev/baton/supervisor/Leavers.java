package dev.baton.supervisor;

import dev.baton.supervisor.Status.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The workers on their way out, where there may be none or several. */
record Leavers(List<Leaving> all) {
    static final Leavers NONE = new Leavers(List.of());

    Leavers {
        all = List.copyOf(all);
    }

    static Leavers of(Leaving... leaving) {
        return new Leavers(List.of(leaving));
    }

    Optional<Leaving> find(int generation) {
        return all.stream().filter(l -> l.is(generation)).findFirst();
    }

    Optional<Leaving> find(Timer timer) {
        return all.stream().filter(l -> l.waitsFor(timer)).findFirst();
    }

    Leavers with(Leaving leaving) {
        List<Leaving> more = new ArrayList<>(all);
        more.add(leaving);
        return new Leavers(more);
    }

    Leavers without(Leaving leaving) {
        return new Leavers(all.stream().filter(l -> l != leaving).toList());
    }

    Leavers replace(Leaving old, Leaving by) {
        return new Leavers(all.stream().map(l -> l == old ? by : l).toList());
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Whether a candidate is among them, which is to be gone before the next one starts. */
    boolean hasCandidate() {
        return all.stream().anyMatch(l -> l.role() == Role.CANDIDATE);
    }

    Stream<Seat> seats() {
        return all.stream().map(Leaving::seat);
    }

    /** The upgrades that wait for them. */
    Map<Long, String> stages() {
        Map<Long, String> stages = new TreeMap<>();
        for (Leaving leaving : all) {
            leaving.verdict().ifPresent(v -> stages.put(v.upgrade().id(), leaving.stageName()));
        }
        return stages;
    }
}
