package dev.baton.process;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Prints what the supervisors of a failed test, and their workers, have printed. */
final class OutputOnFailure implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
    private static final List<RunningBaton> STARTED = new CopyOnWriteArrayList<>();

    static void add(RunningBaton baton) {
        STARTED.add(baton);
    }

    @Override
    public void beforeTestExecution(ExtensionContext context) {
        STARTED.clear();
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            for (RunningBaton baton : STARTED) {
                System.out.println("---- " + context.getDisplayName() + ": the output of " + baton);
                baton.output().forEach(System.out::println);
            }
        }
    }
}
