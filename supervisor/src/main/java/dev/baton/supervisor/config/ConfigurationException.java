package dev.baton.supervisor.config;

import java.util.List;

/** A configuration file that cannot be followed, with everything that is wrong in it. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Mistake> mistakes;

    ConfigurationException(List<Mistake> mistakes) {
        super(mistakes.get(0) + (mistakes.size() > 1 ? " (and " + (mistakes.size() - 1) + " more)" : ""));
        this.mistakes = mistakes.stream().distinct().sorted(Mistake.IN_ORDER).toList();
    }

    /** In the order of the file. */
    public List<Mistake> mistakes() {
        return mistakes;
    }
}
