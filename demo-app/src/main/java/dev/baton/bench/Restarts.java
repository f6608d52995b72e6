package dev.baton.bench;

import java.io.IOException;

/** What one can do with a JVM server without a proxy: what clients see of each way to replace the same application. */
final class Restarts implements Section {
    @Override
    public String name() {
        return "restarts";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        Stage stage = course.stage();
        Demo demo = course.demo();
        Replacements.measure(this, course, results, () -> Direct.start(stage, "plain restart", demo));
        Replacements.measure(this, course, results, () -> Inheriting.start(stage, demo));
        Replacements.measure(this, course, results, () -> Overlapping.start(stage, demo));
        Replacements.measure(this, course, results, () -> course.supervised(Supervised.How.plain()));
        Replacements.measure(this, course, results, () -> course.supervised(course.warm()));
    }

    @Override
    public String tables(Results results) {
        return "### Other ways to replace the same application\n\n" + Replacements.table(results.of(name()));
    }
}
