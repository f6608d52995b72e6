/**
 * The wire between the supervisor and its workers: frames with descriptors on a unix socket, and the few system
 * calls that both sides need.
 *
 * <p>{@link dev.baton.handover.Libc} is the only class of Baton that calls native code. Everything here is
 * thread-safe unless it says otherwise, and who receives an {@link dev.baton.handover.Fd} closes it.
 */
package dev.baton.handover;
