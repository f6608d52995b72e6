package dev.baton.supervisor.systemd;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import dev.baton.supervisor.Overseer.Passed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The descriptors that systemd passes, from number 3 on, each with a name: sd_listen_fds_with_names(3). */
final class ListenFds {
    private static final Logger LOG = LoggerFactory.getLogger(ListenFds.class);
    private static final int FIRST = 3;
    private static final int MOST = 4096;

    /** What PublicListener calls the ones it has kept; a socket unit's own names do not begin like that. */
    private static final String KEPT = "baton.";

    private ListenFds() {}

    /** Those for this process; another's, which has only left us its environment, are none of ours. */
    static List<Passed> of(Map<String, String> environment, long pid) {
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
            return List.of();
        }
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        List<Passed> passed = new ArrayList<>();
        for (int i = 0; i < count(environment.getOrDefault("LISTEN_FDS", "0")); i++) {
            String name = i < names.length && !names[i].isEmpty() ? names[i] : "unknown";
            try {
                passed.add(new Passed(name, Libc.inherit(FIRST + i), name.startsWith(KEPT)));
            } catch (LibcException e) {
                LOG.warn(
                        "LISTEN_FDS promises descriptor {}, called {}, and there is none: {}",
                        FIRST + i,
                        name,
                        e.getMessage());
            }
        }
        return List.copyOf(passed);
    }

    private static int count(String text) {
        try {
            return Math.min(Integer.parseInt(text), MOST);
        } catch (NumberFormatException e) {
            LOG.warn("LISTEN_FDS is no number: \"{}\"; no socket is taken from systemd", text);
            return 0;
        }
    }
}
