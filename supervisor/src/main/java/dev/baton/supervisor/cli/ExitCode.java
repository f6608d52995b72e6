package dev.baton.supervisor.cli;

/** What an exit code says; scripts hold on to these. */
final class ExitCode {
    static final int DONE = 0;
    /** The upgrade failed, and the old generation serves on; or time ran out; or not all could be written. */
    static final int FAILED = 1;
    /** Wrong usage, or a wrong configuration. */
    static final int USAGE = 2;
    /** An upgrade is already running, or there is nothing to do what was asked for. */
    static final int REFUSED = 3;
    /** No supervisor answers. */
    static final int NO_SUPERVISOR = 4;
    /** A bug in baton: EX_SOFTWARE, sysexits(3). */
    static final int BUG = 70;

    static final String LIST_HEADING = "%nExit codes:%n";
    static final String LIST_DONE = " 0:done";
    static final String LIST_FAILED = " 1:the upgrade failed, and the old generation serves on; or --timeout ran out";
    static final String LIST_UNWRITTEN = " 1:not all of it could be written to standard output";
    static final String LIST_USAGE = " 2:wrong usage or configuration";
    static final String LIST_REFUSED = " 3:refused: an upgrade is already running, or not just now";
    static final String LIST_NO_SUPERVISOR = " 4:no supervisor answers";
    static final String LIST_BUG = "70:a bug in baton";

    private ExitCode() {}
}
