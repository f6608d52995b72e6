package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.jetty.RawClient.Answer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Connections that are claimed to move, where descriptors are short or selectors busy. */
@Timeout(120)
class MoverTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    @BeforeAll
    static void rehearse() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "prlimit(1)");
        assertThrows(LibcException.class, () -> Libc.duplicate(Integer.MAX_VALUE));
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.ask("/"); // or it would wait for whoever accepts next
            only.say(new Message.Drain(PATIENCE));
            askForTheLastTime(client);
        }
    }

    @Test
    void oneThatWaitsStays() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                DescriptorShortage shortage = new DescriptorShortage();
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            jetty.worker(1).onDrain(drain -> shortage.begin());
            old.park();
            taker.drain(old, PATIENCE);
            askForTheLastTime(client);
            shortage.end();
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            assertThrows(EOFException.class, () -> taker.receive(), "nobody was offered");
        }
    }

    /** Nor need the pool have room: a mover that failed would leave all that is on the way to nobody. */
    @Test
    void oneThatWasInARequestStays() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address());
                DescriptorShortage shortage = new DescriptorShortage();
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            other.ask("/");
            client.send(RawClient.get("/wait"));
            while (!jetty.asked.contains("/wait")) {
                Thread.onSpinWait();
            }
            old.park();
            taker.drain(old, PATIENCE);
            taker.receive().closeFds(); // the other's, which is on its way for so long
            shortage.begin();
            jetty.threads(1).rejectMover();
            jetty.gate.countDown();
            assertTrue(client.answer().body().startsWith("gen=1 /wait"));
            askForTheLastTime(client);
            shortage.end();
            taker.vanish();
            askForTheLastTime(other);
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
        }
    }

    /** A channel that is closed while a selector knows it sends FIN, though somebody else has the connection. */
    @Test
    void oneThatWaitsIsNotClosedHoweverLongASelectorIsBusy() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            old.park();
            try (BusySelectors busy = new BusySelectors(jetty.connector(1))) {
                busy.await();
                taker.drain(old, PATIENCE);
                assertFalse(taker.isOffered(Duration.ofSeconds(7)), "offered, though Jetty has it still");
            }
            taker.decline();
            askForTheLastTime(client);
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
        }
    }

    @Test
    void whereASelectorIsBusyUntilTheDeadlineItIsCutAndNamed() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            old.park();
            try (BusySelectors busy = new BusySelectors(jetty.connector(1))) {
                busy.await();
                taker.drain(old, Duration.ofMillis(300));
                assertEquals(1, old.next(Message.Drained.class).cut().size());
                assertTrue(client.isAtEnd());
                assertThrows(EOFException.class, () -> taker.receive(), "nobody was offered");
            }
        }
    }

    /** The selectors of a connector, which do nothing until this is closed. */
    private static final class BusySelectors implements AutoCloseable {
        private final CountDownLatch over = new CountDownLatch(1);
        private final CountDownLatch busy;

        BusySelectors(ServerConnector connector) {
            Collection<ManagedSelector> selectors =
                    connector.getSelectorManager().getBeans(ManagedSelector.class);
            busy = new CountDownLatch(selectors.size());
            for (ManagedSelector selector : selectors) {
                selector.submit(nio -> {
                    busy.countDown();
                    awaitOver();
                });
            }
        }

        void await() throws InterruptedException {
            assertTrue(busy.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }

        private void awaitOver() {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            over.countDown();
        }
    }

    @Test
    void oneWhoseClientHasGoneOnItsWayIsNoReasonToWarn() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(MovableEndPoint.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            old.park();
            taker.drain(old, PATIENCE);
            HandoverChannel.Envelope offered = taker.receive();
            client.reset();
            int number = offered.fds().get(0).number();
            await().atMost(PATIENCE).until(() -> Libc.remoteAddress(number).isEmpty());
            taker.decline(offered);
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            assertEquals(List.of(), log.list);
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void oneThatHasAnsweredIsNotClosedForBeingIdleOnItsWay() throws Exception {
        Duration idle = Duration.ofSeconds(3);
        try (JettyPair jetty = new JettyPair(1).withIdleTimeoutOf(idle);
                RawClient client = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address());
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            other.ask("/");
            client.send(RawClient.get("/wait"));
            while (!jetty.asked.contains("/wait")) {
                Thread.onSpinWait();
            }
            old.park();
            taker.drain(old, PATIENCE);
            taker.decline(); // the other's: the mover is there
            try (BusySelectors busy = new BusySelectors(jetty.connector(1))) {
                busy.await();
                jetty.gate.countDown();
                assertTrue(client.answer().body().startsWith("gen=1 /wait"));
                client.send(RawClient.get("/last"));
                assertFalse(taker.isOffered(idle.plusSeconds(1)), "offered, though Jetty has it still");
            }
            taker.decline();
            assertIsTheLast(client.answer(), client);
            other.reset(); // which was idle for as long, and Jetty may have closed
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
        }
    }

    private static void askForTheLastTime(RawClient client) throws IOException {
        Answer answer = client.ask("/last");
        while (!answer.close()) { // as long as it has not been claimed
            answer = client.ask("/last");
        }
        assertIsTheLast(answer, client);
    }

    private static void assertIsTheLast(Answer answer, RawClient client) throws IOException {
        assertTrue(answer.close());
        assertTrue(answer.body().startsWith("gen=1 /last"), answer.body());
        assertTrue(client.isAtEnd());
        client.close();
    }
}
