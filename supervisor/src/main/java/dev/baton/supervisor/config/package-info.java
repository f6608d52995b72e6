/**
 * What a supervisor is told, and where it is found: names, durations, and the runtime directory that the supervisor
 * and its clients agree on without having met.
 */
package dev.baton.supervisor.config;
