package dev.baton.bench;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;

/** The signals by which servers are told to replace themselves: signal(7), numbers as on every Linux that Baton runs on. */
enum Signals {
    HUP(1),
    QUIT(3),
    KILL(9),
    USR1(10),
    USR2(12);

    private final int number;

    Signals(int number) {
        this.number = number;
    }

    void to(long pid) throws LibcException {
        Libc.kill(Math.toIntExact(pid), number);
    }
}
