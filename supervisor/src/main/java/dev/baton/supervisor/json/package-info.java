/**
 * JSON for whoever writes or reads it here: the control endpoint, the command line, and the supervisor's state file.
 */
package dev.baton.supervisor.json;
