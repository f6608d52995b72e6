package dev.baton.supervisor;

/**
 * How a worker ended, in words that follow its name: {@code was killed by SIGKILL}.
 *
 * @param hasRun false for one that never began
 */
record Exit(String words, boolean hasRun) {
    private static final int BY_SIGNAL = 128;

    /** By SIGKILL. */
    static final int KILLED = BY_SIGNAL + 9;

    private Exit(String words) {
        this(words, true);
    }

    /** From what {@link Process#exitValue} says, which for a death by signal is 128 and its number: signal(7). */
    static Exit of(int value) {
        if (value <= BY_SIGNAL) {
            return new Exit("exited with " + value);
        }
        return new Exit("was killed by " + signal(value - BY_SIGNAL));
    }

    static Exit notStarted(String why) {
        return new Exit("could not be started: " + why, false);
    }

    /** The same, of one whom the kernel may have killed because memory had run out. */
    Exit whenMemoryRanOut() {
        return new Exit(words + " (memory has run out since its start: see dmesg)", hasRun);
    }

    /** Only its parent is told how a process ended, and that was another supervisor. */
    static Exit unseen() {
        return new Exit("has gone, how is not known");
    }

    /** Its core is being written, which may take a while; by which signal it ended is known then. */
    static Exit dumpsCore() {
        return new Exit("has crashed (its core is being written)");
    }

    private static String signal(int number) {
        return switch (number) {
            case 1 -> "SIGHUP";
            case 2 -> "SIGINT";
            case 3 -> "SIGQUIT";
            case 4 -> "SIGILL";
            case 6 -> "SIGABRT";
            case 7 -> "SIGBUS";
            case 8 -> "SIGFPE";
            case 9 -> "SIGKILL";
            case 10 -> "SIGUSR1";
            case 11 -> "SIGSEGV";
            case 12 -> "SIGUSR2";
            case 13 -> "SIGPIPE";
            case 14 -> "SIGALRM";
            case 15 -> "SIGTERM";
            case 24 -> "SIGXCPU";
            case 25 -> "SIGXFSZ";
            case 31 -> "SIGSYS";
            default -> "signal " + number;
        };
    }

    @Override
    public String toString() {
        return words;
    }
}
