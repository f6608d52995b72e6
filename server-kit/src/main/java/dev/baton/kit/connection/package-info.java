/**
 * What a program can interpose between itself and its connections:
 *
 * <ul>
 *   <li>{@link dev.baton.kit.connection.RateLimit}: any number of connections share one simulated link;
 *   <li>{@link dev.baton.kit.connection.TlsOrPlain}: one listener answers TLS and plaintext clients;
 *   <li>{@link dev.baton.kit.connection.Count}: how many connections, how many bytes.
 * </ul>
 *
 * <p>Attach one to all connections of a listener by {@code listener.interpose(…)}, or to one by
 * {@code connection.interpose(…)}. For Jetty there is {@code dev.baton.kit.jetty.RateLimitConnectionFactory}; telling TLS
 * from plaintext is what Jetty's own {@code DetectorConnectionFactory} does.
 */
package dev.baton.kit.connection;
