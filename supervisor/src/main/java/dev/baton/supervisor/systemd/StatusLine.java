package dev.baton.supervisor.systemd;

import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Status.WorkerState;
import dev.baton.supervisor.UpgradeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How things stand, for the line that {@code systemctl status} shows. */
final class StatusLine {
    private StatusLine() {}

    static String of(Status status) {
        List<String> parts = new ArrayList<>();
        status.workers().stream()
                .filter(worker -> worker.role() == Role.ACTIVE)
                .forEach(worker -> parts.add(worker.accepting() ? serves(worker) : name(worker) + " starts"));
        for (WorkerState worker : status.workers()) {
            switch (worker.role()) {
                case ACTIVE -> {}
                case CANDIDATE -> parts.add(name(worker) + " starts");
                case PARKED -> parts.add(name(worker) + " stands by");
                case RETIRING -> parts.add(name(worker) + " finishes " + connections(worker));
            }
        }
        if (parts.isEmpty() && status.restarts().next().isPresent()) {
            parts.add("waits before it starts a worker again, after "
                    + status.restarts().inARow() + " that failed");
        }
        status.restarts().reason().filter(reason -> !status.accepting()).ifPresent(parts::add);
        Optional<UpgradeRecord> failed =
                status.last().filter(last -> last.outcome().orElse(Outcome.UPGRADED) != Outcome.UPGRADED);
        if (status.phase().equals("serving") && failed.isPresent()) {
            parts.add("the upgrade to generation " + failed.get().to() + " failed: "
                    + failed.get()
                            .reason()
                            .orElse(failed.get().outcome().orElseThrow().text()));
        }
        String phase = status.phase();
        return Character.toUpperCase(phase.charAt(0))
                + phase.substring(1).replace('-', ' ')
                + (parts.isEmpty() ? "" : ": " + String.join(", ", parts).replace('\n', ' '));
    }

    private static String serves(WorkerState worker) {
        return name(worker) + " serves " + connections(worker);
    }

    private static String name(WorkerState worker) {
        return "generation " + worker.generation();
    }

    private static String connections(WorkerState worker) {
        long all = worker.active() + worker.idle();
        return all == 1 ? "1 connection" : all + " connections";
    }
}
