package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The descriptors that a supervisor's program leaves to the one that replaces it, in the same process.
 *
 * @param process that process: to any other these numbers mean nothing
 * @param listeners by how they were asked for
 * @param output where what a worker prints comes out, by generation
 */
record Inheritance(ProcessIdentity process, Map<String, Integer> listeners, Map<Integer, List<Integer>> output) {
    Inheritance {
        listeners = Map.copyOf(listeners);
        output = Map.copyOf(output);
    }

    /** Whether it is ours: pid and start time stay the same through execve(2). */
    boolean isOurs() {
        return ProcessIdentity.ofThis().filter(process::equals).isPresent();
    }

    /** The pipes of a worker, or none. They are the caller's. */
    List<Fd> outputOf(int generation) throws IOException {
        List<Fd> pipes = new ArrayList<>();
        for (int number : output.getOrDefault(generation, List.of())) {
            if (!Files.readSymbolicLink(Path.of("/proc/self/fd/" + number))
                    .toString()
                    .startsWith("pipe:")) {
                throw new IOException("descriptor " + number + " is no pipe of generation " + generation);
            }
            pipes.add(Libc.inherit(number));
        }
        return pipes;
    }

    Map<String, Object> write() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("process", PhaseState.write(process));
        json.put("listeners", listeners);
        List<Object> pipes = new ArrayList<>();
        output.forEach((generation, numbers) ->
                pipes.add(Map.of("generation", generation, "output", numbers.get(0), "error", numbers.get(1))));
        json.put("output", pipes);
        return json;
    }

    static Inheritance read(Fields json) {
        Map<String, Integer> listeners = new HashMap<>();
        json.numberMap("listeners").forEach((asked, number) -> listeners.put(asked, Math.toIntExact(number)));
        Map<Integer, List<Integer>> output = new HashMap<>();
        json.objects("output")
                .forEach(pipes -> output.put(
                        pipes.integer("generation"), List.of(pipes.integer("output"), pipes.integer("error"))));
        return new Inheritance(PhaseState.process(json.object("process")), listeners, output);
    }
}
