/**
 * Servers that never heard of Baton, each on a library of its own, to be wrapped: {@code GET /} says who answers,
 * {@code POST} says the body again. Arguments: host and port.
 */
package dev.baton.subject;
