package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Traffic;
import dev.baton.supervisor.json.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFileTest {
    @TempDir
    private Path directory;

    private StateFile file() {
        return new StateFile(directory);
    }

    private Path path() {
        return directory.resolve("state.json");
    }

    private static State state() throws IOException {
        Launch launch = new Launch(
                List.of("java", "-jar", "a b\"c\n\u0000\ud83d\ude80.jar"),
                Map.of("KEY", "=value\\"),
                Optional.of(Path.of("/srv/shop")),
                Wrap.KIT,
                List.of(ListenerSpec.parse("http=127.0.0.1:0")),
                Optional.of(new Check("http", "/health", 204)),
                Optional.of(new WarmUp("http", List.of("GET /", "HEAD /a?b"), OptionalInt.of(7), Duration.ofMillis(9))),
                Optional.of(Duration.ofSeconds(2)),
                Signal.QUIT,
                new Launch.Overrides(Map.of("KEY", "=value\\"), Optional.of(Path.of("/srv/shop"))));
        Launch settling = new Launch(
                List.of("java"),
                Map.of(),
                Optional.empty(),
                Wrap.KIT,
                List.of(),
                Optional.empty(),
                Optional.of(new WarmUp("http", List.of("GET /"), OptionalInt.empty(), Duration.ofSeconds(1))),
                Optional.empty(),
                Signal.TERM,
                Launch.Overrides.NONE);
        Worker worker = new Worker(7, launch);
        Life life = new Life(Lab.RULES, 7, 3, launch, Optional.of(settling), 2, true);
        UpgradeRecord failed = new UpgradeRecord(
                3,
                Instant.EPOCH,
                Optional.of(Outcome.NOT_READY_IN_TIME),
                6,
                7,
                Map.of("starting", Duration.ofNanos(5)),
                Optional.of("why"),
                List.of("last", "lines"),
                Optional.of(new Warmth(
                        200,
                        3,
                        1,
                        Warmth.End.COUNT,
                        Optional.of(Duration.ofMillis(48)),
                        Optional.of(Duration.ofNanos(400)),
                        Optional.of("GET /: 500"))),
                List.of("cut"));
        return new State(
                "shop",
                ProcessIdentity.boot(),
                launch,
                new Serving(life, worker, Optional.empty()),
                List.of(new State.LivingWorker(
                        worker,
                        new ProcessIdentity(4711, 123_456_789_012L, -2),
                        "token",
                        Instant.EPOCH,
                        true,
                        true,
                        true)),
                List.of(new HeldListener(
                        "http=127.0.0.1:0",
                        ListenerSpec.parse("http=127.0.0.1:8080"),
                        "/127.0.0.1:8080",
                        -1,
                        Optional.of("(dev=1,ino=2)"))),
                List.of(failed),
                new Totals(
                        17,
                        Traffic.accepted(18)
                                .plus(new Traffic(
                                        1,
                                        List.of(0L, 1L, 2L, 3L, 4L, 5L),
                                        Collections.nCopies(Traffic.BOUNDS.size() + 1, 6L),
                                        7)),
                        UpgradeTotals.NONE.and(failed),
                        3),
                Optional.of(new Inheritance(
                        new ProcessIdentity(1, 2, 3), Map.of("http=127.0.0.1:0", 17), Map.of(7, List.of(18, 19)))));
    }

    private Optional<State> read() throws IOException {
        return file().read("shop", Lab.RULES);
    }

    @Test
    void whatIsWrittenIsReadAndNobodyElseMayReadIt() throws Exception {
        file().write("something older");
        file().write(state().text());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path())));
        assertEquals(state(), read().orElseThrow());
        assertTrue(Files.exists(path()), "as long as the next one has not been written, this one counts");
        file().remove();
        assertEquals(List.of(), names());
        assertEquals(Optional.empty(), read());
    }

    @Test
    void stateOfAVersionThatKeptNoTotalsIsReadAndCountsFromZero() throws Exception {
        String text = state().text();
        String older = text.replaceAll("\"totals\":\\{.*},\"inheritance\"", "\"inheritance\"");
        assertTrue(older.length() < text.length() - 100, older);
        file().write(older);
        assertEquals(Totals.NONE, read().orElseThrow().totals());
    }

    @Test
    void stateOfAVersionThatKeptNoStopsAndGoodbyesIsRead() throws Exception {
        file().write(state().text().replace(",\"stopping\":true,\"leaving\":true", ""));
        State.LivingWorker worker = read().orElseThrow().workers().get(0);
        assertFalse(worker.stopping() || worker.leaving());
    }

    /** Nobody binds what is bound already: that a name has gone since is no reason to end whoever serves. */
    @Test
    void hostThatIsNotKnownAnyMoreIsNotLookedUp() throws Exception {
        file().write(state().text()
                .replace("=127.0.0.1:", "=gone.invalid:")
                .replace("\"127.0.0.1:", "\"gone.invalid:"));
        State state = read().orElseThrow();
        assertEquals(
                "gone.invalid:8080", state.listeners().get(0).spec().address().text());
        assertTrue(state.configured().listeners().get(0).covers(new InetSocketAddress("127.0.0.1", 0)));
    }

    @Test
    void pastThatIsNotUnderstoodIsLeftOut() throws Exception {
        String text = state().text();
        file().write(text.replace("\"outcome\":\"not-ready-in-time\"", "\"outcome\":\"moonstruck\""));
        assertEquals(List.of(), read().orElseThrow().upgrades());
        file().write(text.replace("\"end\":\"count\"", "\"end\":\"moonstruck\""));
        assertEquals(Optional.empty(), read().orElseThrow().upgrades().get(0).warmth());
        file().write(text.replace("\"not-ready-in-time\":1", "\"moonstruck\":1"));
        assertEquals(Totals.NONE, read().orElseThrow().totals());
        file().write(text.replace("\"statuses\":[0,", "\"statuses\":["));
        assertEquals(Totals.NONE, read().orElseThrow().totals());
        assertEquals(state().workers(), read().orElseThrow().workers());
    }

    @Test
    void stateOfAVersionThatNotedLessOfALaunchIsRead() throws Exception {
        file().write(state().text().replaceAll(",\"stopSignal\":\"QUIT\",\"overrides\":\\{.*?},?.*?}", ""));
        Launch configured = read().orElseThrow().configured();
        assertEquals(Signal.TERM, configured.stopSignal());
        assertEquals(Launch.Overrides.NONE, configured.overrides());
    }

    @Test
    void sumThatAWorkersWordHasMadeNegativeDoesNotSpoilTheRest() throws Exception {
        Traffic wrong = Traffic.accepted(Long.MAX_VALUE).plus(Traffic.accepted(1));
        Totals totals = new Totals(-1, wrong, UpgradeTotals.NONE, 5);
        assertEquals(
                new Totals(0, Traffic.NONE, UpgradeTotals.NONE, 5),
                Totals.read(Fields.of(Json.read(Json.write(totals.write())))));
    }

    @Test
    void timeThatPassesInAnUpgradeIsNoNewsAndItsEndIs() throws Exception {
        State early = upgrading(Optional.empty(), 5);
        State later = upgrading(Optional.empty(), 6);
        State over = upgrading(Optional.of(Outcome.UPGRADED), 6);
        assertFalse(later.isNewsTo(early));
        assertTrue(over.isNewsTo(later));
        assertTrue(upgrading(Optional.of(Outcome.UPGRADED), 7).isNewsTo(over), "of what is over all counts");
        assertTrue(state().isNewsTo(early));
    }

    private static State upgrading(Optional<Outcome> outcome, long nanos) throws IOException {
        State state = state();
        UpgradeRecord upgrade = new UpgradeRecord(
                4,
                Instant.EPOCH,
                outcome,
                7,
                8,
                Map.of("starting", Duration.ofNanos(nanos)),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of());
        return new State(
                state.app(),
                state.boot(),
                state.configured(),
                state.phase(),
                state.workers(),
                state.listeners(),
                List.of(upgrade),
                state.totals(),
                state.inheritance());
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private void isMovedAside() throws IOException {
        assertEquals(Optional.empty(), read());
        assertEquals(List.of("state.json.not-understood"), names());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "null",
                "7",
                "{\"format\": 1}",
                "{\"format\": 2}",
                "{\"format\": 1, \"app\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
            })
    void whatIsNoStateIsMovedAside(String text) throws Exception {
        file().write(text);
        isMovedAside();
    }

    @Test
    void everyCutAndAnySpoiledByteIsFoundOrHarmless() throws Exception {
        String text = state().text();
        for (int length = 0; length < text.length(); length += 7) {
            file().write(text.substring(0, length));
            isMovedAside();
        }
        long seed = new Random().nextLong();
        System.out.println("spoiled states with seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            char[] spoiled = text.toCharArray();
            spoiled[random.nextInt(spoiled.length)] = (char) random.nextInt(128);
            file().write(new String(spoiled));
            read(); // and nothing is thrown
        }
    }

    @Test
    void aStateOfAnotherAppIsNotOurs() throws Exception {
        file().write(state().text());
        assertEquals(Optional.empty(), file().read("other", Lab.RULES));
        assertTrue(Files.exists(directory.resolve("state.json.not-understood")));
    }

    @Test
    void aStateOfAnotherAppIsSaidBeforeItIsMovedAside() throws Exception {
        file().write(state().text());
        file().look("shop", Lab.RULES);
        StartException refused = assertThrows(StartException.class, () -> file().look("other", Lab.RULES));
        assertTrue(refused.getMessage().contains("it is of the app shop"), refused.getMessage());
        assertEquals(List.of("state.json"), names());
    }

    @Test
    void workersOfAnotherUserAreRefusedWhereTheyLive() throws Exception {
        int self = Identity.uid();
        ProcessIdentity living = ProcessIdentity.ofThis().orElseThrow();
        ProcessIdentity anothers = new ProcessIdentity(living.pid(), living.startTime(), self + 1);
        withWorker(living).requireWorkersOf(Optional.empty());
        StartException refused =
                assertThrows(StartException.class, () -> withWorker(anothers).requireWorkersOf(Optional.empty()));
        assertTrue(refused.getMessage().contains("serves on as uid " + (self + 1)), refused.getMessage());
        withWorker(new ProcessIdentity(living.pid(), living.startTime() - 1, self + 1))
                .requireWorkersOf(Optional.empty());
    }

    private static State withWorker(ProcessIdentity process) throws IOException {
        State state = state();
        State.LivingWorker worker = new State.LivingWorker(
                state.workers().get(0).worker(), process, "token", Instant.EPOCH, true, false, false);
        return new State(
                state.app(),
                state.boot(),
                state.configured(),
                state.phase(),
                List.of(worker),
                state.listeners(),
                state.upgrades(),
                state.totals(),
                state.inheritance());
    }

    @Test
    void aStateOfBeforeTheMachineWasStartedSaysNothing() throws Exception {
        file().write(state().text().replace(ProcessIdentity.boot(), "another"));
        assertEquals(Optional.empty(), read());
        assertEquals(List.of(), names());
    }

    @Test
    void aLinkIsNotFollowed(@TempDir Path elsewhere) throws Exception {
        Path target = elsewhere.resolve("state");
        new StateFile(elsewhere).write(state().text());
        Files.move(elsewhere.resolve("state.json"), target);
        Files.createSymbolicLink(path(), target);
        isMovedAside();
        Files.createSymbolicLink(directory.resolve("state.json.new"), target);
        file().write("mine");
        assertTrue(Files.readString(target).startsWith("{"), "nothing was written through a link");
        assertFalse(Files.isSymbolicLink(path()));
    }

    @Test
    void whatOthersMayReadIsNotBelieved() throws Exception {
        file().write(state().text());
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-r-----"));
        isMovedAside();
    }

    @Test
    void whatBelongsToSomebodyElseIsNotBelieved() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(Identity.uid() == 0, "only root can give files away");
        file().write(state().text());
        Files.setAttribute(path(), "unix:uid", 65534);
        isMovedAside();
    }

    @Test
    void whatIsTooLargeIsNotRead() throws Exception {
        file().write(state().text() + " ".repeat(16 * 1024 * 1024));
        isMovedAside();
    }

    @Test
    void aDirectoryInItsPlaceIsMovedAside() throws Exception {
        Files.createDirectory(path());
        isMovedAside();
    }
}
