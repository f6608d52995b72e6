package dev.baton.supervisor.control;

import dev.baton.supervisor.Installed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** curl, as an operator would call it on a control socket; a test that calls it takes no part where it is missing. */
final class Curl {
    private Curl() {}

    /**
     * What came back.
     *
     * @param exit curl's exit code
     * @param status 0 where no answer came
     */
    record Result(int exit, int status, String headers, String body) {}

    static Result get(Path socket, String path, String... more) throws IOException, InterruptedException {
        return run(List.of(), socket, path, more);
    }

    static Result post(Path socket, String path, String body, String... more) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("-X", "POST", "--data-binary", body));
        arguments.addAll(List.of(more));
        return run(List.of(), socket, path, arguments.toArray(String[]::new));
    }

    /** The same, as another user. */
    static Result getAs(int uid, Path socket, String path) throws IOException, InterruptedException {
        return run(
                List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups"), socket, path, new String[0]);
    }

    /** Begins to POST as another user, and does not wait. */
    static Process begin(int uid, Path socket, String path) throws IOException {
        Installed.assume("curl");
        return new ProcessBuilder(
                        "setpriv",
                        "--reuid=" + uid,
                        "--regid=" + uid,
                        "--clear-groups",
                        "curl",
                        "--silent",
                        "--fail",
                        "-X",
                        "POST",
                        "--unix-socket",
                        socket.toString(),
                        "http://baton" + path)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static Result run(List<String> before, Path socket, String path, String... more)
            throws IOException, InterruptedException {
        Installed.assume("curl");
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of("curl", "-s", "-i", "--max-time", "20", "--unix-socket", socket.toString()));
        command.addAll(List.of(more));
        command.add("http://baton" + path);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("curl does not end");
        }
        // A 100 Continue may come first.
        while (answer.startsWith("HTTP/1.1 100")) {
            answer = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return new Result(process.exitValue(), 0, "", answer);
        }
        int status = Integer.parseInt(answer.split(" ", 3)[1]);
        return new Result(process.exitValue(), status, answer.substring(0, end), answer.substring(end + 4));
    }
}
