/** The supervisor's figures, as Prometheus scrapes them. */
package dev.baton.supervisor.metrics;
