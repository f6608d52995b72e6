package dev.baton.supervisor.cli;

import dev.baton.handover.NativeCalls;
import dev.baton.supervisor.Preflight;
import dev.baton.supervisor.StartException;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.config.ConfigurationException;
import dev.baton.supervisor.config.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        header = "Supervise a server in the foreground.",
        customSynopsis = {
            "baton run [--app A] --listen NAME=ADDRESS… [OPTIONS] -- COMMAND…",
            "       baton run --config FILE [OPTIONS] [-- COMMAND…]"
        },
        description = {
            "",
            "Binds the listeners, starts COMMAND with them, and stays: it restarts COMMAND"
                    + " when it dies, and replaces it without refusing a connection when it is told"
                    + " to. Everything after -- is COMMAND, word by word; there is no shell.",
            "",
            "NAME is what COMMAND asks for the listener by, like http. ADDRESS is one of",
            "  127.0.0.1:8080  [::1]:8080   this address",
            "  :8080  *:8080  [::]:8080     every address of this machine",
            "  unix:/run/shop/http.sock     a unix socket",
            "  systemd:NAME                 a socket that systemd passes by that name",
            "D is a duration: 250ms, 30s, 2m."
        },
        footerHeading = "%nSignals:%n",
        footer = {
            "  HUP        read the configuration file again, and upgrade",
            "  USR2       replace this program by the newest one, in place; see baton reexec",
            "  TERM, INT  drain and stop; once more, and it hurries",
            "",
            "Examples:",
            "  baton run --listen http=:8080 -- java -jar shop.jar",
            "  baton run --app shop --listen http=:8080 --listen line=127.0.0.1:7000 \\",
            "            --bake 10s --environment PROFILE=prod -- java -jar shop.jar"
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            " 0:stopped as it was told to",
            " 1:COMMAND never got to serve",
            " 2:wrong usage or configuration; a listener cannot be bound",
            ExitCode.LIST_BUG
        })
final class RunCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec;

    @Mixin
    private RunOptions options;

    @Option(names = "--self-test", hidden = true)
    private boolean selfTest;

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws Exception {
        Plan plan;
        try {
            plan = plan();
        } catch (ConfigurationException e) {
            throw CheckCommand.failure(options.config, e);
        }
        NativeCalls.obstacle().ifPresent(obstacle -> {
            throw new CommandFailure(ExitCode.USAGE, obstacle.says(), obstacle.remedy());
        });
        return selfTest
                ? test(plan)
                : new Foreground(plan, this::face).run(surroundings.core(), surroundings.terminal());
    }

    /** Asked by a supervisor that is to be replaced by this program. */
    private int test(Plan plan) {
        try {
            Preflight.selfTest(plan.settings());
            Foreground.check(plan);
            surroundings.terminal().out().println("baton " + Version.current().baton() + " can take over");
            return ExitCode.DONE;
        } catch (StartException | LinkageError e) {
            throw new CommandFailure(ExitCode.USAGE, e.getMessage(), "", e);
        }
    }

    /** Without a file there is nothing to be read again. */
    private Supervision face(Supervision supervision, Plan first) {
        return options.config == null ? supervision : new RereadingSupervision(supervision, first, this::plan);
    }

    private Plan plan() throws ConfigurationException {
        try {
            return new Planner(surroundings.directories(), options).plan();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }
}
