package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Status.WorkerState;
import dev.baton.supervisor.StubWorker.Shell;
import dev.baton.supervisor.Supervision.Begun;
import dev.baton.supervisor.Supervision.Refused;
import dev.baton.supervisor.Supervision.UpgradeBegun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Supervisors with real workers in real processes. */
@Timeout(60)
class SupervisorTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Set<Long> pids = new ConcurrentSkipListSet<>();
    private Duration readyTimeout = Duration.ofSeconds(20);
    private Duration bake = Duration.ZERO;
    private Duration drain = Duration.ofSeconds(10);
    private Duration killAfter = Duration.ofSeconds(1);
    private Map<String, String> environment = Map.of();
    private Optional<Path> workingDirectory = Optional.empty();
    private Supervisor supervisor;

    @AfterEach
    void nothingIsLeft() {
        if (supervisor != null) {
            supervisor.close();
            assertTrue(supervisor.ended().toCompletableFuture().isDone());
        }
        for (long pid : pids) {
            assertFalse(isAlive(pid), "left behind: pid " + pid);
        }
    }

    private static boolean isAlive(long pid) {
        // A killed grandchild of ours stays a zombie where nobody reaps orphans.
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent() && !isZombie(pid);
    }

    private static boolean isZombie(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return true;
        }
    }

    private Settings settings(List<String> command) {
        return TestSettings.of(directory.resolve("run"), "http=127.0.0.1:0", "line=127.0.0.1:0")
                .command(command)
                .directory(workingDirectory)
                .environment(environment)
                .readyTimeout(readyTimeout)
                .bake(bake)
                .drain(drain)
                .killAfter(killAfter)
                .settings();
    }

    private Supervisor start(List<String> command) throws StartException {
        return start(command, transition -> {});
    }

    private Supervisor start(List<String> command, Consumer<Transition> first) throws StartException {
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        supervisor = Nobody.start(
                settings(command),
                List.of(first, transition -> transition.workers().forEach(worker -> pids.add(worker.pid()))),
                out);
        return supervisor;
    }

    private Supervisor serving(String... manners) throws StartException {
        start(StubWorker.command(manners));
        awaitPhase("serving");
        return supervisor;
    }

    private void awaitPhase(String phase) {
        eventually(() -> assertEquals(phase, supervisor.status().phase(), this::printed));
    }

    private static void eventually(ThrowingRunnable assertion) {
        await().atMost(AT_ONCE).pollInterval(Duration.ofMillis(10)).untilAsserted(assertion);
    }

    private UpgradeRecord upgrade(List<String> command) throws Exception {
        UpgradeBegun begun = begin(command);
        return begun.end().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private UpgradeBegun begin(List<String> command) {
        return assertInstanceOf(
                UpgradeBegun.class,
                supervisor.upgrade(
                        new UpgradeRequest(command, Map.of(), Optional.empty(), Optional.of(settings(command)))),
                this::printed);
    }

    private WorkerState worker(Role role) {
        return supervisor.status().workers().stream()
                .filter(worker -> worker.role() == role)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + role + " in " + supervisor.status()));
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private int exitCode() throws Exception {
        return supervisor.ended().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** The old worker is as it was: the same process, accepting. */
    private void assertUntouched(long pid) {
        assertEquals("serving", supervisor.status().phase());
        assertEquals(pid, worker(Role.ACTIVE).pid());
        assertTrue(supervisor.status().accepting());
        assertEquals(1, supervisor.status().workers().size());
    }

    // ---- the good way ----

    @Test
    void startsServesUpgradesAndStops() throws Exception {
        bake = Duration.ofMillis(300);
        serving();
        long first = worker(Role.ACTIVE).pid();
        UpgradeRecord record = upgrade(List.of());
        assertEquals(Optional.of(Outcome.UPGRADED), record.outcome(), this::printed);
        assertEquals(Optional.empty(), record.reason());
        assertEquals(List.of(), record.output());
        assertEquals(List.of("127.0.0.1:4711"), record.cut());
        assertEquals(
                List.of("starting", "accepting", "parking", "baking", "draining"),
                List.copyOf(record.phases().keySet()));
        assertTrue(record.phases().get("baking").compareTo(bake) >= 0);
        assertEquals("serving", supervisor.status().phase(), "whoever has seen the end sees the phase after it");
        assertFalse(isAlive(first));
        assertEquals(2, worker(Role.ACTIVE).generation());
        assertEquals(Optional.of(record), supervisor.upgrade(1));
        assertEquals(Optional.of(record), supervisor.status().last());
        assertInstanceOf(Begun.class, supervisor.stop());
        assertEquals(0, exitCode());
        assertEquals(List.of(), supervisor.status().workers());
        assertInstanceOf(Refused.class, supervisor.upgrade(UpgradeRequest.again()));
        assertTrue(printed().contains("[gen 2 pid "), this::printed);
        assertTrue(printed().contains("] heard Drain[deadline=PT10S] fds=1"), "there is a successor");
        assertTrue(printed().contains("] heard Adopt[] fds=1"));
    }

    @Test
    void tellsRealPortsAndQueuesAndConnections() throws Exception {
        serving();
        Status status = supervisor.status();
        InetSocketAddress http = ((dev.baton.handover.ListenAddress.Inet)
                        status.listeners().get(0).spec().address())
                .address();
        assertTrue(http.getPort() > 0);
        eventually(() -> assertEquals(8, worker(Role.ACTIVE).idle()));
        // The stub accepts nothing, so that what connects is queued.
        try (Socket one = new Socket(http.getAddress(), http.getPort());
                Socket two = new Socket(http.getAddress(), http.getPort())) {
            assertTrue(one.isConnected() && two.isConnected());
            eventually(
                    () -> assertEquals(2, supervisor.status().listeners().get(0).queued()));
            assertEquals(0, supervisor.status().listeners().get(1).queued());
        }
    }

    @Test
    void rollsBackWhileBaking() throws Exception {
        bake = Duration.ofSeconds(30);
        serving();
        long first = worker(Role.ACTIVE).pid();
        UpgradeBegun begun = begin(List.of());
        awaitPhase("baking");
        assertInstanceOf(Refused.class, supervisor.upgrade(UpgradeRequest.again()));
        assertEquals(Map.of(Outcome.REFUSED, 1L), supervisor.totals().outcomes());
        assertEquals(new Begun(1), supervisor.rollback());
        UpgradeRecord record = begun.end().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(Optional.of(Outcome.ROLLED_BACK), record.outcome());
        assertUntouched(first);
    }

    @Test
    void rollbackEndsAnUpgradeWhoseCandidateIsNotReady() throws Exception {
        serving();
        long first = worker(Role.ACTIVE).pid();
        UpgradeBegun begun = begin(List.of("sh", "-c", "exec sleep 1000"));
        awaitPhase("upgrading");
        assertEquals(new Begun(1), supervisor.rollback());
        UpgradeRecord record = begun.end().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(Optional.of(Outcome.ROLLED_BACK), record.outcome());
        assertEquals(Optional.of("a rollback was asked for before generation 2 took over"), record.reason());
        assertUntouched(first);
    }

    @Test
    void goesBackByItselfWhenTheNewOneDiesWhileBaking() throws Exception {
        bake = Duration.ofSeconds(30);
        serving();
        long first = worker(Role.ACTIVE).pid();
        UpgradeBegun begun = begin(List.of());
        awaitPhase("baking");
        Libc.kill((int) worker(Role.ACTIVE).pid(), 9);
        UpgradeRecord record = begun.end().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(Optional.of(Outcome.ROLLED_BACK), record.outcome());
        assertEquals(Optional.of("generation 2 was killed by SIGKILL"), record.reason());
        assertTrue(record.output().contains("stub worker 2 []"), record::toString);
        assertUntouched(first);
    }

    @Test
    void rollbackAfterTheBakeStartsThePreviousCommand() throws Exception {
        serving("version-1");
        upgrade(StubWorker.command("version-2"));
        assertEquals(new Begun(2), supervisor.rollback());
        eventually(() -> assertEquals(
                Optional.of(Outcome.UPGRADED), supervisor.upgrade(2).flatMap(UpgradeRecord::outcome)));
        assertTrue(worker(Role.ACTIVE).command().contains("version-1"));
    }

    // ---- candidates that fail ----

    private UpgradeRecord failingUpgrade(Outcome outcome, List<String> command) throws Exception {
        serving();
        long first = worker(Role.ACTIVE).pid();
        UpgradeRecord record = upgrade(command);
        assertEquals(Optional.of(outcome), record.outcome(), record::toString);
        assertUntouched(first);
        return record;
    }

    @Test
    void candidateThatExitsAtOnceIsShownWithItsLastWords() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.EXITED_BEFORE_READY, StubWorker.command("exits-at-once"));
        assertEquals(Optional.of("generation 2 exited with 3 before it was ready"), record.reason());
        assertTrue(record.output().contains("last words without a line feed"), record::toString);
        assertTrue(record.output().contains("to the other stream"), record::toString);
    }

    @Test
    void candidateWithoutACommandIsExplained() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.EXITED_BEFORE_READY, List.of("no-such-command"));
        assertTrue(
                record.reason()
                        .orElseThrow()
                        .startsWith("generation 2 could not be started: there is no command \"no-such-command\""),
                record::toString);
    }

    /** The first worker had all the time that it wanted. */
    private UpgradeRecord lateUpgrade(List<String> command) throws Exception {
        serving();
        long first = worker(Role.ACTIVE).pid();
        readyTimeout = Duration.ofSeconds(3);
        UpgradeRecord record = upgrade(command);
        assertEquals(Optional.of(Outcome.NOT_READY_IN_TIME), record.outcome(), record::toString);
        assertTrue(record.reason().orElseThrow().contains("was not ready within 3s"), record::toString);
        assertUntouched(first);
        return record;
    }

    @Test
    void candidateThatSaysNothingIsKilledInTime() throws Exception {
        lateUpgrade(StubWorker.command("says-nothing"));
    }

    @Test
    void candidateThatIsNeverReadyIsKilledInTime() throws Exception {
        lateUpgrade(StubWorker.command("is-never-ready"));
    }

    @Test
    void candidateThatIgnoresSigtermIsKilledWithItsGroup() throws Exception {
        UpgradeRecord record = lateUpgrade(
                List.of("/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo grandchild $!; wait; wait; sleep 1000"));
        assertGrandchildIsGone(record);
    }

    private void assertGrandchildIsGone(UpgradeRecord record) {
        long grandchild = record.output().stream()
                .filter(line -> line.startsWith("grandchild "))
                .mapToLong(line -> Long.parseLong(line.substring("grandchild ".length())))
                .findFirst()
                .orElseThrow();
        eventually(() -> assertFalse(isAlive(grandchild)));
    }

    @Test
    void candidateThatLeavesAGrandchildBehindDoesNotHoldUsUp() throws Exception {
        UpgradeRecord record = failingUpgrade(
                Outcome.EXITED_BEFORE_READY, List.of("/bin/sh", "-c", "sleep 1000 & echo grandchild $!; exit 4"));
        assertGrandchildIsGone(record);
    }

    @Test
    void candidateThatMissesAListenerIsTold() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.CHECK_FAILED, StubWorker.command("misses-a-listener"));
        assertTrue(record.reason().orElseThrow().contains("has not bound listener line"), record::toString);
    }

    @Test
    void candidateWithAWrongTokenIsNotLetIn() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.EXITED_BEFORE_READY, StubWorker.command("lies-about-its-token"));
        assertTrue(record.output().contains("refused: the peer has closed the channel"), record::toString);
    }

    @Test
    void candidateBehindAShellThatDoesNotExecIsNotLetInAndToldWhy() throws Exception {
        UpgradeRecord record =
                failingUpgrade(Outcome.EXITED_BEFORE_READY, StubWorker.command(new Shell("\"$@\"; true")));
        assertTrue(
                record.output().stream().anyMatch(line -> line.endsWith("does its start script end in exec?")),
                record::toString);
    }

    @Test
    void candidateThatSendsGarbageFails() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.HANDOVER_FAILED, StubWorker.command("sends-garbage"));
        assertTrue(record.reason().orElseThrow().contains("a frame of 4294967280 bytes"), record::toString);
    }

    @Test
    void candidateThatSendsDescriptorsFails() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.HANDOVER_FAILED, StubWorker.command("sends-descriptors"));
        assertTrue(record.reason().orElseThrow().contains("it sent descriptors"), record::toString);
    }

    @Test
    void candidateThatDiesWhenItIsToAcceptFails() throws Exception {
        UpgradeRecord record = failingUpgrade(Outcome.HANDOVER_FAILED, StubWorker.command("dies-when-it-is-to-accept"));
        assertEquals(Optional.of("generation 2 was killed by SIGKILL when it was to accept"), record.reason());
    }

    @Test
    void candidateThatIsReadyTwicePasses() throws Exception {
        serving();
        assertEquals(
                Optional.of(Outcome.UPGRADED),
                upgrade(StubWorker.command("is-ready-twice")).outcome());
    }

    /** Its kit is newer than this supervisor: it has one channel, and would be lost with it. */
    @Test
    void candidateThatSaysMoreThanWeKnowPasses() throws Exception {
        serving();
        assertEquals(
                Optional.of(Outcome.UPGRADED),
                upgrade(StubWorker.command("speaks-of-novelties")).outcome());
    }

    @Test
    void candidateThatPrintsMegabytesPassesAndCostsNoMemory() throws Exception {
        serving();
        UpgradeRecord record = upgrade(StubWorker.command("prints-megabytes"));
        assertEquals(Optional.of(Outcome.UPGRADED), record.outcome());
        eventually(() -> assertTrue(printed.size() > 20_000_000));
    }

    // ---- old workers that do not go ----

    @Test
    void oldOneThatDoesNotDrainIsTerminated() throws Exception {
        drain = Duration.ofMillis(200);
        serving("does-not-drain");
        assertEquals(
                Optional.of(Outcome.UPGRADED), upgrade(StubWorker.command()).outcome());
    }

    @Test
    void oldOneThatDoesNotLeaveIsTerminatedThenKilled() throws Exception {
        drain = Duration.ofMillis(200);
        start(StubWorker.command(new Shell("trap '' TERM; exec \"$@\""), "does-not-leave", "has-a-grandchild"));
        awaitPhase("serving");
        assertEquals(
                Optional.of(Outcome.UPGRADED), upgrade(StubWorker.command()).outcome());
    }

    @Test
    void secondUpgradeDuringADrainCutsItShort() throws Exception {
        drain = Duration.ofSeconds(50);
        serving("does-not-drain");
        UpgradeBegun first = begin(StubWorker.command());
        awaitPhase("draining");
        UpgradeRecord second = upgrade(StubWorker.command());
        assertEquals(Optional.of(Outcome.UPGRADED), second.outcome());
        assertTrue(first.end().toCompletableFuture().isDone());
        assertEquals(3, worker(Role.ACTIVE).generation());
        assertTrue(second.phases().containsKey("waiting"));
    }

    @Test
    void workerThatLosesItsChannelComesBackAndIsUpgraded() throws Exception {
        serving("loses-its-channel");
        assertEquals(
                Optional.of(Outcome.UPGRADED), upgrade(StubWorker.command()).outcome());
    }

    @Test
    void newOneThatIsAwayForAWhileBakesOn() throws Exception {
        bake = Duration.ofSeconds(2);
        serving();
        UpgradeRecord record = upgrade(StubWorker.command("is-away-for-a-while"));
        assertEquals(Optional.of(Outcome.UPGRADED), record.outcome(), record::toString);
        assertTrue(record.phases().get("baking").compareTo(bake) >= 0, record::toString);
    }

    @Test
    void newOneThatStaysAwayIsRolledBack() throws Exception {
        bake = Duration.ofSeconds(20);
        serving();
        UpgradeRecord record = upgrade(StubWorker.command("loses-its-channel-for-good"));
        assertEquals(Optional.of(Outcome.ROLLED_BACK), record.outcome(), record::toString);
        assertTrue(record.reason().orElseThrow().contains("lost its handover channel"), record::toString);
        assertEquals(1, worker(Role.ACTIVE).generation());
    }

    /** What it has in work may not be cut short for that. */
    @Test
    void oldOneThatIsAwayWhenItIsToDrainIsToldAgain() throws Exception {
        serving("is-away-when-it-is-to-drain");
        UpgradeRecord record = upgrade(StubWorker.command());
        assertEquals(Optional.of(Outcome.UPGRADED), record.outcome());
        assertEquals(List.of("127.0.0.1:4711"), record.cut(), "it has drained");
        assertTrue(printed().contains("] heard Drain[deadline=PT10S] fds=0"), this::printed);
    }

    // ---- deaths ----

    @Test
    void activeThatDiesIsStartedAgainAndItsListenersStayOpen() throws Exception {
        serving();
        List<ListenerSpec> before =
                supervisor.status().listeners().stream().map(l -> l.spec()).toList();
        Libc.kill((int) worker(Role.ACTIVE).pid(), 9);
        eventually(() -> assertTrue(
                supervisor.status().accepting() && worker(Role.ACTIVE).generation() == 2));
        assertEquals(
                before,
                supervisor.status().listeners().stream().map(l -> l.spec()).toList());
    }

    @Test
    void firstWorkerThatFailsEndsTheSupervisorWithOne() throws Exception {
        start(StubWorker.command("exits-at-once"));
        assertEquals(1, exitCode());
    }

    @Test
    void firstWorkerThatIsNeverReadyEndsTheSupervisorWithOne() throws Exception {
        readyTimeout = Duration.ofMillis(500);
        start(StubWorker.command("is-never-ready"));
        assertEquals(1, exitCode());
    }

    @Test
    void secondStopCutsTheDrainShort() throws Exception {
        drain = Duration.ofSeconds(50);
        serving("does-not-drain");
        assertInstanceOf(Begun.class, supervisor.stop());
        assertEquals("stopping", supervisor.status().phase());
        assertInstanceOf(Begun.class, supervisor.stop());
        assertEquals(0, exitCode());
    }

    // ---- what a worker is given ----

    @Test
    void workerSeesItsOwnEnvironmentAndDirectory() throws Exception {
        Path release = Files.createDirectory(directory.resolve("release-1"));
        workingDirectory = Optional.of(Files.createSymbolicLink(directory.resolve("current"), release));
        environment = Map.of("PROFILE", "prod");
        serving("prints-its-environment");
        eventually(() -> assertTrue(printed().contains("in " + release.toRealPath()), this::printed));
        assertTrue(printed().contains("env PROFILE=prod"));
        assertTrue(printed().contains("env BATON_GENERATION=1"));
        assertTrue(printed().contains("env BATON_HANDOVER=" + directory.resolve("run/handover.sock")));
        assertFalse(printed().contains("env NOTIFY_SOCKET"));
        long pid = worker(Role.ACTIVE).pid();
        String[] stat = Files.readString(Path.of("/proc/" + pid + "/stat")).split(" ");
        assertEquals(Long.toString(pid), stat[4], "the leader of its own process group");
        assertEquals(Long.toString(pid), stat[5], "and session");
        assertEquals(Path.of("/dev/null"), Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/0")));
    }

    @Test
    void workerInheritsThreeDescriptorsAndNoMore() throws Exception {
        start(List.of("/bin/sleep", "1000"));
        eventually(() -> assertEquals(1, supervisor.status().workers().size()));
        Path process = Path.of("/proc/" + worker(Role.CANDIDATE).pid());
        eventually(() ->
                assertEquals("sleep", Files.readString(process.resolve("comm")).strip()));
        try (var descriptors = Files.list(process.resolve("fd"))) {
            assertEquals(
                    Set.of("0", "1", "2"),
                    descriptors.map(fd -> fd.getFileName().toString()).collect(Collectors.toSet()));
        }
    }

    // ---- strangers ----

    @Test
    void strangersAtTheHandoverSocketAreTurnedAway() throws Exception {
        serving();
        Path socket = directory.resolve("run/handover.sock");
        List<SocketChannel> silent = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            silent.add(channel);
        }
        // All but those that are given their five seconds are closed at once.
        ByteBuffer nothing = ByteBuffer.allocate(1);
        for (SocketChannel channel : silent.subList(20, 40)) {
            assertEquals(-1, channel.read(nothing));
        }
        for (SocketChannel channel : silent) {
            channel.close();
        }
        eventually(() -> {
            try (HandoverChannel channel = HandoverChannel.connect(socket)) {
                channel.send(new Message.Hello(1, "a guess"), Duration.ofSeconds(1));
                IOException end = assertThrows(IOException.class, () -> channel.receive(Duration.ofSeconds(10)));
                assertFalse(end.toString().contains("no message within"), end::toString);
            }
        });
        assertEquals(Optional.of(Outcome.UPGRADED), upgrade(List.of()).outcome());
    }

    @Test
    void observerThatFailsKeepsTheEndOfAnUpgradeFromNobody() throws Exception {
        start(StubWorker.command(), transition -> {
            throw new OutOfMemoryError("unable to create native thread, as this test wants it");
        });
        awaitPhase("serving");
        assertEquals(Optional.of(Outcome.UPGRADED), upgrade(List.of()).outcome());
        assertFalse(pids.isEmpty(), "the next observer is told");
    }
}
