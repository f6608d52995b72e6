/**
 * The supervisor as a systemd service: what it tells (sd_notify(3)), the sockets that it is passed (sd_listen_fds(3)),
 * and the listeners that it has kept beyond its own end (the descriptor store). No library of systemd's is needed.
 */
package dev.baton.supervisor.systemd;
