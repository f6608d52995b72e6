package dev.baton.supervisor.cli;

import dev.baton.supervisor.Settings;
import dev.baton.supervisor.config.ControlHttp;
import dev.baton.supervisor.config.HookCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code baton run} is to do: the command line, and what the configuration file says beside it.
 *
 * @param usual the control socket where clients look for it
 * @param own the control socket that was asked for instead; the usual one then leads to it
 * @param allowed who may use it, besides root and this user
 * @param http where it answers over TCP, too
 * @param hook what is run at every transition
 * @param commandInFile whether the command is the file's, and not the command line's
 */
record Plan(
        Settings settings,
        Path usual,
        Optional<Path> own,
        List<Settings.User> allowed,
        Optional<ControlHttp> http,
        Optional<HookCommand> hook,
        boolean commandInFile) {
    Path control() {
        return own.orElse(usual);
    }

    /** The directory of the usual control socket, where other files of the endpoint are, too. */
    Path home() {
        return usual.toAbsolutePath().getParent();
    }
}
