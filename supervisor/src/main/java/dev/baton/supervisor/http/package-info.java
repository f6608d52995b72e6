/**
 * How the supervisor asks over HTTP: the command line its own endpoint, the lifecycle a worker. Whoever answers is not
 * to be trusted.
 */
package dev.baton.supervisor.http;
