package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "rollback",
        header = "Go back to the version before.",
        customSynopsis = "baton rollback [--app A]",
        description = {
            "",
            "While an upgrade bakes, the old version stands by with its sockets, and serves"
                    + " again within milliseconds. After that, this is an upgrade to the command"
                    + " that served before."
        },
        footerHeading = "%nExamples:%n",
        footer = "  baton rollback --app shop",
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            ExitCode.LIST_DONE,
            " 1:the version before could not be brought back",
            ExitCode.LIST_USAGE,
            " 3:refused: there is nothing to go back to, or not just now",
            ExitCode.LIST_NO_SUPERVISOR,
            ExitCode.LIST_BUG
        })
final class RollbackCommand implements Callable<Integer> {
    private static final Duration APPEARANCE = Duration.ofSeconds(5);

    private final Surroundings surroundings;

    @Mixin
    private WhichApp which;

    RollbackCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Found supervisor = which.find(surroundings.supervisors());
        try (News news = News.of(supervisor.client())) {
            return rollBack(supervisor, news);
        }
    }

    private int rollBack(Found supervisor, News news) throws IOException, InterruptedException {
        List<JsonObject> before = upgrades(supervisor);
        ControlClient.Reply reply = supervisor.client().post("/v1/rollback", java.util.Map.of());
        if (reply.status() != 202) {
            throw Problems.failure(reply, "the rollback of " + supervisor.app(), supervisor.app());
        }
        UpgradeWatch watch = new UpgradeWatch(supervisor, surroundings.terminal(), news);
        OptionalLong running = before.stream()
                .filter(upgrade -> !upgrade.has("outcome"))
                .mapToLong(upgrade -> upgrade.number("id"))
                .max();
        if (running.isPresent()) {
            return watch.follow(running.getAsLong(), Optional.empty(), "rolled-back");
        }
        return watch.follow(appeared(supervisor, before), Optional.empty(), "upgraded");
    }

    /** The upgrade that the rollback has become. */
    private static long appeared(Found supervisor, List<JsonObject> before) throws IOException, InterruptedException {
        long last =
                before.stream().mapToLong(upgrade -> upgrade.number("id")).max().orElse(0);
        long deadline = System.nanoTime() + APPEARANCE.toNanos();
        while (System.nanoTime() < deadline) {
            for (JsonObject upgrade : upgrades(supervisor)) {
                if (upgrade.number("id") > last) {
                    return upgrade.number("id");
                }
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new CommandFailure(
                ExitCode.FAILED,
                "the supervisor took the order, and began nothing",
                "look at it with: baton status --app " + supervisor.app());
    }

    private static List<JsonObject> upgrades(Found supervisor) throws NoSupervisorException {
        return supervisor.client().get("/v1/upgrades").json().objects("upgrades");
    }
}
