package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Programs that have virtual threads: however many of them wait in the kit, others run. Each test has more of them wait
 * than there are carriers.
 *
 * <p>What is open is not compared: the pollers of virtual threads, Java's own and ours, are opened once and for all.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // what virtual threads stop may wait for ever
class VirtualThreadsTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;
    private static final int MANY = Runtime.getRuntime().availableProcessors() + 2;

    @BeforeEach
    void thereAreSome() {
        assumeTrue(VirtualThreads.arePossible(), "virtual threads are of Java 21");
    }

    @Test
    void everyClientIsAnsweredWhileAllAreQuietAndAllMove() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            List<LineClient> clients = new ArrayList<>();
            try (LineServer first = LineServer.startVirtual(supervisor, 1);
                    LineServer second = LineServer.startVirtual(supervisor, 2)) {
                supervisor.worker(1).accept();
                for (int i = 0; i < MANY; i++) {
                    clients.add(LineClient.connect(address));
                    assertEquals("1 1: a", clients.get(i).say("a"));
                }
                assertOthersRun();
                for (LineClient client : clients) {
                    assertEquals("1 2: b", client.say("b"));
                }
                supervisor.worker(1).park();
                supervisor.worker(2).accept();
                supervisor.handOver(supervisor.worker(1), supervisor.worker(2), PATIENCE);
                assertEquals(
                        List.of(),
                        supervisor.worker(1).next(Message.Drained.class).cut());
                for (LineClient client : clients) {
                    assertEquals("2 3: c", client.say("c"));
                    client.close();
                }
                assertEquals(List.of(), first.failures());
                assertEquals(List.of(), second.failures());
            } finally {
                for (LineClient client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    void othersRunWhileManyAccept() throws Exception {
        try (Connections connections = new Connections(true);
                StoppableListener listener = new StoppableListener(
                        "line",
                        ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0)),
                        connections,
                        true)) {
            CountDownLatch accepting = new CountDownLatch(MANY);
            List<CompletableFuture<TrackedConnection>> accepted = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                accepted.add(onVirtual(() -> {
                    accepting.countDown();
                    return listener.accept();
                }));
            }
            assertTrue(accepting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            assertOthersRun();
            for (CompletableFuture<TrackedConnection> ignored : accepted) {
                LineClient.connect((InetSocketAddress) listener.address()).close();
            }
            for (CompletableFuture<TrackedConnection> connection : accepted) {
                result(connection).close();
            }
        }
    }

    @Test
    void othersRunWhileManyCanSayNothingToAPeerThatDoesNotRead() throws Exception {
        List<HandoverChannel> channels = new ArrayList<>();
        List<Fd> peers = new ArrayList<>();
        List<CompletableFuture<Boolean>> sending = new ArrayList<>();
        Message word = new Message.State("A".repeat(60_000));
        try {
            for (int i = 0; i < MANY; i++) {
                Fd[] pair = Libc.socketPair();
                HandoverChannel channel = new HandoverChannel(pair[0]);
                channels.add(channel);
                peers.add(pair[1]);
                sending.add(onVirtual(() -> {
                    while (true) {
                        channel.send(word, PATIENCE);
                    }
                }));
            }
            assertOthersRun();
            assertTrue(sending.stream().noneMatch(CompletableFuture::isDone));
        } finally {
            channels.forEach(HandoverChannel::close);
            peers.forEach(Fd::close);
        }
        for (CompletableFuture<Boolean> sender : sending) {
            sender.handle((sent, end) -> end).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void aWaitEndsWhenTheTimeIsOver() throws Exception {
        Fd[] pair = Libc.socketPair();
        try (Fd silent = pair[0];
                Fd peer = pair[1]) {
            assertEquals(
                    false, result(onVirtual(() -> Libc.await(silent, Libc.Readiness.READ, Duration.ofMillis(20)))));
            CompletableFuture<Boolean> waiting = onVirtual(() -> Libc.await(silent, Libc.Readiness.READ, PATIENCE));
            hangUp(peer);
            assertTrue(result(waiting));
        }
    }

    private static void hangUp(Fd end) {
        end.close();
    }

    private static void assertOthersRun() throws Exception {
        for (int i = 0; i < MANY; i++) {
            assertTrue(result(onVirtual(() -> true)));
        }
    }

    private interface Trial<T> {
        T run() throws Exception;
    }

    private static <T> CompletableFuture<T> onVirtual(Trial<T> trial) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        VirtualThreads.start(() -> {
            try {
                outcome.complete(trial.run());
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    private static <T> T result(CompletableFuture<T> outcome) throws Exception {
        return outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
