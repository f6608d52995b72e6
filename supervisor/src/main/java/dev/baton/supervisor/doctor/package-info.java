/**
 * Whether this machine can do what the supervisor asks of it: one {@link dev.baton.supervisor.doctor.Finding} for each
 * thing that was looked at, with its remedy. It looks, and changes nothing.
 */
package dev.baton.supervisor.doctor;
