package dev.baton.handover;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code struct msghdr} with its one {@code iovec} and room for SCM_RIGHTS, in memory that this object owns: recvmsg(2),
 * cmsg(3), unix(7). jnr-posix frees such memory with an object that nothing holds; here the owner is an argument of the
 * call, and reachable until it returns.
 *
 * <p>Threading: one thread at a time.
 */
final class MessageHeader {
    /** SCM_MAX_FD: more in one message is EINVAL. */
    static final int MOST_FDS = 253;

    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SCM_CREDENTIALS = 2;
    private static final int MSG_CTRUNC = 0x08;
    private static final int CMSG_HEADER = 16;

    private static final int IOV_BASE = 56;
    private static final int IOV_LENGTH = 64;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;

    private final ByteBuffer header = Libc.struct(72);
    private final ByteBuffer control;
    private final ByteBuffer data;

    /**
     * Messages over a data buffer, which is direct and the caller's to fill and empty.
     *
     * @param room for so many descriptors; should more come, those beyond are cut off, and that is an error
     */
    MessageHeader(ByteBuffer data, int room) {
        this(data, Libc.struct(CMSG_HEADER + ((room * 4 + 7) & ~7)));
    }

    /** To receive who has sent it, and no descriptors: the kernel, which finds no room for them, closes them. */
    static MessageHeader forCredentials(ByteBuffer data) {
        return new MessageHeader(data, Libc.struct(CMSG_HEADER + 16));
    }

    private MessageHeader(ByteBuffer data, ByteBuffer control) {
        this.data = data;
        this.control = control;
        header.putLong(16, Libc.address(header) + IOV_BASE);
        header.putLong(24, 1);
        header.putLong(32, Libc.address(control));
    }

    long address() {
        return Libc.address(header);
    }

    /** Describes what is between the data's position and limit, and room for as many descriptors as can come. */
    void prepareToReceive() {
        prepareData();
        header.putLong(CONTROL_LENGTH, control.capacity());
    }

    /** Describes what is between the data's position and limit, and these descriptors, which stay the caller's. */
    void prepareToSend(List<Fd> fds) {
        prepareData();
        int length = fds.isEmpty() ? 0 : CMSG_HEADER + 4 * fds.size();
        control.putLong(0, length).putInt(8, SOL_SOCKET).putInt(12, SCM_RIGHTS);
        for (int i = 0; i < fds.size(); i++) {
            control.putInt(CMSG_HEADER + 4 * i, fds.get(i).number());
        }
        header.putLong(CONTROL_LENGTH, (length + 7) & ~7);
    }

    private void prepareData() {
        header.putLong(IOV_BASE, Libc.address(data) + data.position());
        header.putLong(IOV_LENGTH, data.remaining());
        header.putInt(FLAGS, 0);
    }

    /** Who has sent what was just received, where the socket asks for that: SO_PASSCRED, unix(7). */
    Optional<Credentials> sender() {
        boolean told = header.getLong(CONTROL_LENGTH) >= CMSG_HEADER + 12
                && control.getInt(8) == SOL_SOCKET
                && control.getInt(12) == SCM_CREDENTIALS;
        return told
                ? Optional.of(new Credentials(
                        control.getInt(CMSG_HEADER), control.getInt(CMSG_HEADER + 4), control.getInt(CMSG_HEADER + 8)))
                : Optional.empty();
    }

    /**
     * The descriptors that came with what was just received; the caller closes them.
     *
     * @throws IOException if some were cut off (MSG_CTRUNC); those that did arrive are closed
     */
    List<Fd> receivedFds() throws IOException {
        List<Fd> fds = new ArrayList<>();
        long end = header.getLong(CONTROL_LENGTH);
        int at = 0;
        while (at + CMSG_HEADER <= end) {
            long length = control.getLong(at);
            if (control.getInt(at + 8) == SOL_SOCKET && control.getInt(at + 12) == SCM_RIGHTS) {
                for (int i = at + CMSG_HEADER; i + 4 <= at + length; i += 4) {
                    fds.add(new Fd(control.getInt(i)));
                }
            }
            at += (int) ((Math.max(length, CMSG_HEADER) + 7) & ~7);
        }
        if ((header.getInt(FLAGS) & MSG_CTRUNC) != 0) {
            fds.forEach(Fd::close);
            throw new IOException("descriptors were cut off a message (MSG_CTRUNC): is the descriptor limit reached?"
                    + " See ulimit -n");
        }
        return fds;
    }
}
