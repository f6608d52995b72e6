/**
 * The command line: one class for each command, and what they share.
 *
 * <p>{@link dev.baton.supervisor.cli.Baton} is where it begins. Only {@code run} is a supervisor; every other command
 * asks one through its control socket, and is over in a moment.
 */
package dev.baton.supervisor.cli;
