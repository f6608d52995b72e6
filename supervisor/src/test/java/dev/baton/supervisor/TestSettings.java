package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What a supervisor is to do in a test: to start stub workers, and to wait for nothing long; a test says what else. */
final class TestSettings {
    private final Path runtimeDirectory;
    private List<String> command = StubWorker.command();
    private Optional<Path> directory = Optional.empty();
    private Map<String, String> environment = Map.of();
    private List<ListenerSpec> listeners;
    private Duration readyTimeout = Duration.ofSeconds(20);
    private Duration bake = Duration.ZERO;
    private Duration drain = Duration.ofSeconds(5);
    private Duration killAfter = Duration.ofSeconds(2);
    private Duration firstBackoff = Duration.ofMillis(50);
    private Duration longestBackoff = Duration.ofSeconds(1);
    private Wrap wrap = Wrap.KIT;
    private Optional<Duration> readyAfter = Optional.empty();
    private Signal stopSignal = Signal.TERM;
    private Optional<Path> cache = Optional.empty();

    private TestSettings(Path runtimeDirectory, List<ListenerSpec> listeners) {
        this.runtimeDirectory = runtimeDirectory;
        this.listeners = listeners;
    }

    static TestSettings of(Path runtimeDirectory, String... listeners) {
        return new TestSettings(
                runtimeDirectory, Stream.of(listeners).map(ListenerSpec::parse).toList());
    }

    TestSettings command(List<String> other) {
        command = other;
        return this;
    }

    TestSettings directory(Optional<Path> other) {
        directory = other;
        return this;
    }

    TestSettings environment(Map<String, String> other) {
        environment = other;
        return this;
    }

    TestSettings listener(ListenerSpec only) {
        listeners = List.of(only);
        return this;
    }

    TestSettings readyTimeout(Duration other) {
        readyTimeout = other;
        return this;
    }

    TestSettings bake(Duration other) {
        bake = other;
        return this;
    }

    TestSettings drain(Duration other) {
        drain = other;
        return this;
    }

    TestSettings killAfter(Duration other) {
        killAfter = other;
        return this;
    }

    TestSettings backoff(Duration first, Duration longest) {
        firstBackoff = first;
        longestBackoff = longest;
        return this;
    }

    /** Of a program that inherits its listeners. */
    TestSettings inheriting(Duration after, Signal stop) {
        wrap = Wrap.EXEC;
        readyAfter = Optional.of(after);
        stopSignal = stop;
        return this;
    }

    TestSettings cache(Path kept) {
        cache = Optional.of(kept);
        return this;
    }

    Settings settings() {
        return new Settings(
                "shop",
                command,
                directory,
                environment,
                listeners,
                readyTimeout,
                bake,
                drain,
                killAfter,
                firstBackoff,
                longestBackoff,
                Optional.empty(),
                Optional.empty(),
                runtimeDirectory,
                Optional.empty(),
                wrap,
                readyAfter,
                stopSignal,
                cache);
    }
}
