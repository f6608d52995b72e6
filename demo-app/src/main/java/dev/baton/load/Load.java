package dev.baton.load;

/** Where load comes from. */
public final class Load {
    private Load() {}

    /** Starts the clients, each on a thread of its own, and returns at once. Who starts a run stops it or awaits its end. */
    public static LoadRun start(LoadPlan plan) {
        return start(plan, Answers.UNHEARD);
    }

    /** The same, while somebody is told of each answer. */
    public static LoadRun start(LoadPlan plan, Answers answers) {
        return LoadRun.start(plan, answers);
    }
}
