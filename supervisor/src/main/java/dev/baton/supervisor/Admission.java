package dev.baton.supervisor;

import dev.baton.handover.Credentials;
import dev.baton.handover.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Who may say hello: a process that the supervisor has spawned, which the kernel names (SO_PEERCRED) and which knows
 * the token that it alone was given.
 *
 * <p>Threading: any.
 */
final class Admission {
    private static final int TOKEN_BYTES = 32;

    private final Optional<Settings.User> user;
    private final SecureRandom random = new SecureRandom();
    private final Map<Integer, Expected> expected = new HashMap<>();

    private record Expected(String token, WorkerProcess process, int uid) {}

    /** @param user who workers run as; empty: this process's own user */
    Admission(Optional<Settings.User> user) {
        this.user = user;
    }

    /** How a worker is started, with the token that is its. */
    interface Spawn {
        WorkerProcess with(String token) throws IOException;
    }

    /**
     * Starts a worker and expects its hello. Both under one lock: a worker that is very quick must not be turned away
     * because its pid is not known yet.
     */
    synchronized WorkerProcess expect(int generation, Spawn spawn) throws IOException {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        WorkerProcess process = spawn.with(token);
        expect(generation, token, process);
        return process;
    }

    /** Expects the hello of a worker that has a token already. */
    synchronized void expect(int generation, String token, WorkerProcess process) {
        expected.put(generation, new Expected(token, process, process.identity().uid()));
    }

    /** Its process is gone: its number and its token are worth nothing from now on. */
    synchronized void forget(int generation) {
        expected.remove(generation);
    }

    /**
     * Looks who it is before a byte of it is read.
     *
     * @throws IOException if no worker of ours can be that user
     */
    void requireWorkersUser(Credentials peer) throws IOException {
        int uid = Identity.ofWorkers(user);
        if (peer.uid() != uid) {
            throw new IOException("pid " + peer.pid() + " is uid " + peer.uid() + ", and workers run as uid " + uid);
        }
    }

    /** Whether a living worker has this pid. */
    synchronized boolean isWorker(int pid) {
        return expected.values().stream().anyMatch(worker -> worker.process().pid() == pid);
    }

    /**
     * Which generation this is.
     *
     * @throws IOException if it is none that is expected, with the reason
     */
    synchronized int check(Message.Hello hello, Credentials peer) throws IOException {
        int generation = 0;
        for (Map.Entry<Integer, Expected> worker : expected.entrySet()) {
            if (isSame(worker.getValue().token(), hello.token())) {
                generation = worker.getKey();
            }
        }
        if (generation == 0) {
            throw new IOException("hello from pid " + peer.pid() + " with a token that no living worker has");
        }
        Expected worker = expected.get(generation);
        int pid = worker.process().pid();
        if (peer.uid() != worker.uid()) {
            throw new IOException(
                    "hello from uid " + peer.uid() + ", generation " + generation + " runs as uid " + worker.uid());
        }
        if (peer.pid() != pid || hello.pid() != pid) {
            String reason = "hello came from pid " + peer.pid()
                    + (hello.pid() == peer.pid() ? "" : " (which calls itself " + hello.pid() + ")")
                    + ", but generation " + generation + " is pid " + pid + ": does its start script end in exec?";
            worker.process().remark(reason);
            throw new IOException(reason);
        }
        return generation;
    }

    /** In a time that does not tell how much of it was right. */
    private static boolean isSame(String token, String said) {
        return MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), said.getBytes(StandardCharsets.UTF_8));
    }
}
