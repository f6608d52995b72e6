package dev.baton.supervisor;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Makes a worker's process out of what is to be run: which program, as whom, and what its environment tells it.
 *
 * <p>Threading: the lifecycle's thread, which waits for no more than fork and exec.
 */
final class Spawner {
    private final Supplier<Settings> settings;
    private final ListenerSet listeners;
    private final RuntimeDirectory directory;
    private final ClassArchives archives;
    private final Output output;

    Spawner(
            Supplier<Settings> settings,
            ListenerSet listeners,
            RuntimeDirectory directory,
            ClassArchives archives,
            Output output) {
        this.settings = settings;
        this.listeners = listeners;
        this.directory = directory;
        this.archives = archives;
        this.output = output;
    }

    Program program(Worker worker) throws IOException {
        Launch launch = worker.launch();
        Settings now = settings.get();
        Optional<OtherUser> user = now.user().map(OtherUser::new);
        Program program = user.isPresent()
                ? user.get().program(launch, directory.agent())
                : Program.of(launch, System.getenv()).wrapped(launch, directory.agent());
        Program prepared = now.cache()
                .map(cache -> archives.prepare(cache, user, worker.generation(), program))
                .orElse(program);
        return user.isPresent() ? user.get().running(prepared) : prepared;
    }

    /**
     * Starts it.
     *
     * @param token by which it is known when it comes, and found where nobody watches it
     */
    WorkerProcess start(Worker worker, Program program, String token) throws IOException {
        TimeSlice slice = TimeSlice.shorten();
        try {
            return startNow(worker, program, token);
        } catch (IOException e) {
            Orphans.with(token, directory.handover()).kill(); // it may run, and nobody watches it
            throw e;
        } finally {
            slice.restore();
        }
    }

    private WorkerProcess startNow(Worker worker, Program program, String token) throws IOException {
        int generation = worker.generation();
        int uid = Identity.ofWorkers(settings.get().user());
        List<PublicListener> given = listeners.of(worker.launch().listeners());
        Map<String, String> environment = environment(generation, given, token);
        if (!worker.launch().inherits()) {
            return SpawnedProcess.start(generation, program, environment, uid, output);
        }
        environment.put("NOTIFY_SOCKET", directory.notifySocket(generation).toString());
        return InheritingProcess.start(generation, program, environment, uid, given, output);
    }

    private Map<String, String> environment(int generation, List<PublicListener> given, String token) {
        Map<String, String> environment = new HashMap<>();
        environment.put("BATON_HANDOVER", directory.handover().toAbsolutePath().toString());
        environment.put("BATON_TOKEN", token);
        environment.put("BATON_GENERATION", Integer.toString(generation));
        environment.put(
                "BATON_LISTENERS",
                given.stream().map(listener -> listener.spec().toString()).collect(Collectors.joining("\n")));
        return environment;
    }
}
