/**
 * The control endpoint: HTTP and JSON on a unix socket, and the client for it.
 *
 * <p>{@link dev.baton.supervisor.control.ControlEndpoint} serves, on Jetty;
 * {@link dev.baton.supervisor.control.ControlClient} asks, and loads nothing but the JDK and Jackson's streams, for a
 * command line is started anew for every question.
 */
package dev.baton.supervisor.control;
