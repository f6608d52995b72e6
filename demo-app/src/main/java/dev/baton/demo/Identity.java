package dev.baton.demo;

import java.nio.charset.StandardCharsets;

/**
 * Who answers.
 *
 * @param label of the version, as the command line has it
 * @param generation of the worker; 0 where it stands alone
 * @param pid of the process
 */
record Identity(String label, int generation, long pid) {
    static Identity ofThisProcess(String label, int generation) {
        return new Identity(label, generation, ProcessHandle.current().pid());
    }

    /** What the root page says. */
    @Override
    public String toString() {
        return label + " gen=" + generation + " pid=" + pid + "\n";
    }

    /** What stands before an echoed line. */
    byte[] linePrefix() {
        return (label + " gen=" + generation).getBytes(StandardCharsets.UTF_8);
    }
}
