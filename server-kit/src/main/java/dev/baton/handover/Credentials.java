package dev.baton.handover;

/** Who is at the other end of a unix socket, as the kernel says: SO_PEERCRED, unix(7). */
public record Credentials(int pid, int uid, int gid) {}
