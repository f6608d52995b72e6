package dev.baton.supervisor;

/** A worker's place in a phase. */
record Seat(Worker worker, Status.Role role, boolean accepting) {
    static Seat active(Worker worker) {
        return new Seat(worker, Status.Role.ACTIVE, true);
    }

    static Seat candidate(Worker worker) {
        return new Seat(worker, Status.Role.CANDIDATE, false);
    }

    static Seat parked(Worker worker) {
        return new Seat(worker, Status.Role.PARKED, false);
    }
}
