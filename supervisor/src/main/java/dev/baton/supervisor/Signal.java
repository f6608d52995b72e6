package dev.baton.supervisor;

/** What a worker's process group is sent: signal(7). */
enum Signal {
    TERM(15),
    KILL(9);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
