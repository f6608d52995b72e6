package dev.baton.supervisor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a phase makes of an event: the phase that comes next, and what is to be done, in this order. */
record Step(Phase next, List<Action> actions) {
    Step {
        actions = List.copyOf(actions);
    }

    static Step to(Phase next, Action... actions) {
        return new Step(next, Arrays.asList(actions));
    }

    Step then(Action... more) {
        return then(Arrays.asList(more));
    }

    Step then(List<? extends Action> more) {
        List<Action> all = new ArrayList<>(actions);
        all.addAll(more);
        return new Step(next, all);
    }

    /** The same, but these first. */
    Step after(List<? extends Action> earlier) {
        List<Action> all = new ArrayList<>(earlier);
        all.addAll(actions);
        return new Step(next, all);
    }
}
