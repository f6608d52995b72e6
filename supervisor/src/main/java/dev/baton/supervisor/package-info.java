/**
 * The supervisor: one loop that owns the lifecycle, the phases it goes through, the workers, and the listeners.
 *
 * <p>Its faces (command line, control endpoint, systemd) know it by {@link dev.baton.supervisor.Supervision} alone.
 */
package dev.baton.supervisor;
