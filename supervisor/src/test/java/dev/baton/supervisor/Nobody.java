package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.journal.Journal;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Nobody watches over what is started here. */
class Nobody implements Overseer {
    static Supervisor start(Settings settings) throws StartException {
        return Supervisor.start(settings, List.of(), new Nobody());
    }

    /** One whose workers print there. */
    static Supervisor start(Settings settings, List<Consumer<Transition>> observers, PrintStream printed)
            throws StartException {
        Journal none = new Journal(false);
        return Supervisor.start(settings, observers, new Nobody(), new Output(printed, printed, none, none));
    }

    static ListenerSet open(List<ListenerSpec> specs) throws StartException {
        ListenerSet set = new ListenerSet(new Nobody());
        set.bind(specs);
        return set;
    }

    @Override
    public List<Passed> passed() {
        return List.of();
    }

    @Override
    public Duration pulse() {
        return Duration.ofHours(1);
    }

    @Override
    public void onPulse(Supplier<Status> status) {
        // There is nobody to be told.
    }

    @Override
    public void keep(String name, Fd listener) {
        // Workers alone hold listeners beyond the end of this process.
    }

    @Override
    public boolean keeps() {
        return false;
    }

    @Override
    public void forget(String name) {
        // Nothing was kept.
    }
}
