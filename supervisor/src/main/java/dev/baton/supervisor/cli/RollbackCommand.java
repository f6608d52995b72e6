package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "rollback",
        header = "Go back to the version before.",
        customSynopsis = "baton rollback [--app A]",
        description = {
            "",
            "While the new version starts, is checked or warms up, this calls the upgrade off, and the old"
                    + " version serves on. While an upgrade bakes, the old version stands by with its sockets, and serves"
                    + " again within milliseconds. After that, and while it drains, this is an upgrade to the command"
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
        String what = "the rollback of " + supervisor.app();
        List<JsonObject> before = supervisor
                .expected(200, supervisor.client().get("/v1/upgrades"), what)
                .json()
                .objects("upgrades");
        long id = supervisor
                .expected(202, supervisor.client().post("/v1/rollback", Map.of()), what)
                .json()
                .number("id");
        // An upgrade that drains is past going back: then it is the next one that leads there, as it is later.
        boolean running = before.stream().anyMatch(upgrade -> upgrade.number("id") == id);
        return new UpgradeWatch(supervisor, surroundings.terminal(), news, surroundings.main())
                .follow(id, Optional.empty(), running ? "rolled-back" : "upgraded");
    }
}
