/** What the journal understands of lines: for whoever writes some, workers' or our own. */
package dev.baton.supervisor.journal;
