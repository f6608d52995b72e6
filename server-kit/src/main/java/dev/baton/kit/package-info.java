/**
 * The worker's side: a program attaches to its supervisor, takes its listeners, says when it is ready, and is told
 * when to park, to resume and to drain.
 *
 * <p>Start with {@link dev.baton.kit.Worker}. For Jetty see {@code dev.baton.kit.jetty.JettyWorker}.
 */
package dev.baton.kit;
