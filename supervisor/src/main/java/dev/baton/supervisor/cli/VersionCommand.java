package dev.baton.supervisor.cli;

import dev.baton.handover.NativeCalls;
import dev.baton.supervisor.config.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "version",
        header = "Show the versions of baton, the JDK, the native library and the kernel.",
        customSynopsis = "baton version",
        description = {"", "The first thing to put into a bug report."},
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {ExitCode.LIST_DONE, ExitCode.LIST_UNWRITTEN, ExitCode.LIST_USAGE, ExitCode.LIST_BUG})
final class VersionCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    VersionCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        var out = surroundings.terminal().out();
        out.println("baton   " + Version.current().baton());
        out.println("java    " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ", "
                + System.getProperty("java.home") + ")");
        out.println("jffi    " + Version.current().jffi() + " (" + nativeCalls() + ")");
        out.println("kernel  " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        return ExitCode.DONE;
    }

    private static String nativeCalls() {
        return NativeCalls.obstacle().map(NativeCalls.Obstacle::says).orElse("native calls work");
    }
}
