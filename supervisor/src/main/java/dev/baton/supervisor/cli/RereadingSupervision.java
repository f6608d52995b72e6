package dev.baton.supervisor.cli;

import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRecord;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.UpgradeTotals;
import dev.baton.supervisor.config.ConfigurationException;
import dev.baton.supervisor.config.Mistake;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;

/**
 * A supervision whose configuration file is read again at every upgrade, whoever asks for it. A file that is wrong,
 * or that asks for what only a new supervisor can have, refuses the upgrade, and nothing changes. The latter refuses a
 * reexec, too.
 *
 * @param first what the supervisor was started by
 */
record RereadingSupervision(Supervision supervision, Plan first, Source source) implements Supervision {
    private static final Logger LOG = LoggerFactory.getLogger(RereadingSupervision.class);

    /** Where the plan is read from. */
    @FunctionalInterface
    interface Source {
        Plan read() throws ConfigurationException;
    }

    @Override
    public UpgradeReply upgrade(UpgradeRequest request) {
        Plan plan;
        try {
            plan = source.read();
        } catch (ConfigurationException e) {
            return misconfigured(e.mistakes().stream().map(Mistake::toString).toList());
        } catch (CommandFailure | ParameterException e) {
            return misconfigured(List.of(e.getMessage()));
        }
        List<String> fixed = fixed(plan);
        if (!fixed.isEmpty()) {
            return misconfigured(fixed);
        }
        boolean files = request.command().isEmpty() && plan.commandInFile();
        return supervision.upgrade(new UpgradeRequest(
                files ? plan.settings().command() : request.command(),
                request.environment(),
                request.directory(),
                Optional.of(plan.settings())));
    }

    /**
     * What the new program could not have takes a restart. Whether it understands the file it says itself, when it is
     * tried: it may know more than this one.
     */
    @Override
    public Reply reexec() {
        List<String> fixed;
        try {
            fixed = fixed(source.read());
        } catch (ConfigurationException | CommandFailure | ParameterException e) {
            LOG.debug("reexec of a program that does not understand its configuration", e);
            fixed = List.of();
        }
        return fixed.isEmpty() ? supervision.reexec() : new Refused(String.join("; ", fixed));
    }

    private Misconfigured misconfigured(List<String> mistakes) {
        supervision.countRefusal();
        return new Misconfigured(mistakes);
    }

    /** What has changed, but cannot while the supervisor lives. */
    private List<String> fixed(Plan plan) {
        List<String> fixed = new ArrayList<>();
        String app = first.settings().app();
        if (!plan.settings().app().equals(app)) {
            fixed.add("name changed from " + app + " to " + plan.settings().app() + remedy());
        }
        if (!plan.own().equals(first.own())) {
            fixed.add("control.socket changed from " + first.control() + " to " + plan.control() + remedy());
        }
        if (!identity(plan.settings()).equals(identity(first.settings()))) {
            fixed.add("user or group changed" + remedy());
        }
        if (!plan.http().equals(first.http())) {
            fixed.add("control.http, its hosts or its token files changed" + remedy());
        }
        if (!allowed(plan).equals(allowed(first))) {
            fixed.add("control.allow-users changed" + remedy());
        }
        return fixed;
    }

    /** Who workers are; other groups of that user, its home and its shell count with the next start. */
    private static List<Object> identity(Settings settings) {
        return settings.user()
                .map(user -> List.<Object>of(user.name(), user.uid(), user.group()))
                .orElse(List.of());
    }

    /** Of whoever comes to the control socket the kernel tells the number. */
    private static Set<Integer> allowed(Plan plan) {
        return plan.allowed().stream().map(Settings.User::uid).collect(Collectors.toSet());
    }

    private static String remedy() {
        return "; restart needed, for it is the supervisor's own; put it back, or stop and run it anew";
    }

    // ---- all else ----

    @Override
    public void countRefusal() {
        supervision.countRefusal();
    }

    @Override
    public Status status() {
        return supervision.status();
    }

    @Override
    public Optional<UpgradeRecord> upgrade(long id) {
        return supervision.upgrade(id);
    }

    @Override
    public List<UpgradeRecord> upgrades() {
        return supervision.upgrades();
    }

    @Override
    public UpgradeTotals totals() {
        return supervision.totals();
    }

    @Override
    public CompletionStage<Void> counted() {
        return supervision.counted();
    }

    @Override
    public Reply rollback() {
        return supervision.rollback();
    }

    @Override
    public Reply stop() {
        return supervision.stop();
    }
}
