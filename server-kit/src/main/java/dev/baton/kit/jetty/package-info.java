/**
 * Jetty 12.1 as a worker: {@link dev.baton.kit.jetty.JettyWorker} is all that an application sees.
 *
 * <p>Jetty itself is an optional dependency of the kit; nothing outside this package names it.
 */
package dev.baton.kit.jetty;
