package dev.baton.supervisor.doctor;

import dev.baton.handover.Libc;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Looks at this machine.
 *
 * @param root of the file system; another one in tests
 * @param environment of this process
 * @param home the runtime directory that a supervisor would take
 */
public record Doctor(Path root, Map<String, String> environment, Path home) {
    /** One that looks at the machine that it runs on. */
    public static Doctor ofThisMachine(Path home) {
        return new Doctor(Path.of("/"), System.getenv(), home);
    }

    /** Everything, in the order in which it is best put right. */
    public List<Finding> findings() {
        Programs programs = new Programs(root, environment);
        KernelLimits limits = new KernelLimits(root);
        OwnProcess process = new OwnProcess(root);
        return Stream.of(
                        programs.kernel(System.getProperty("os.name"), System.getProperty("os.version")),
                        programs.java(Runtime.version()),
                        programs.nativeCalls(),
                        programs.setsid(),
                        programs.setpriv(),
                        process.threads(),
                        process.polls(),
                        limits.openFiles(),
                        limits.backlog(),
                        limits.handshakes(),
                        new Processors(root).priority(mayPutNiceBack()),
                        new Home(home).directory(),
                        new Home(home).socket(),
                        new Home(home).afterLogout(root, System.getProperty("user.name")),
                        programs.systemd())
                .toList();
    }

    private static boolean mayPutNiceBack() {
        try {
            return Libc.mayPutNiceBack();
        } catch (LinkageError | RuntimeException e) {
            return false; // another finding tells of native calls that do not work
        }
    }
}
