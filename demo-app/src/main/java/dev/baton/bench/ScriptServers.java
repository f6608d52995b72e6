package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Servers of applications in Python and in Ruby: two workers of sixteen threads each, which a master replaces. */
final class ScriptServers {
    private static final String PYTHON = """
        def app(environ, start_response):
            start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '9')])
            return [b'gunicorn\\n']
        """;
    private static final String RUBY = """
        run ->(env) { [200, {'content-type' => 'text/plain'}, ["puma\\n"]] }
        """;

    private ScriptServers() {}

    static Server gunicorn(Stage stage, Path gunicorn) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = stage.directory("gunicorn");
        Files.writeString(directory.resolve("app.py"), PYTHON);
        List<String> command = List.of(
                gunicorn.toString(),
                "--bind=" + Ports.text(address),
                "--workers=2",
                "--worker-class=gthread", // the default one keeps no connection
                "--threads=16",
                "--keep-alive=60",
                "--chdir=" + directory,
                "app:app");
        return Reloading.start("gunicorn, reload", stage.start("gunicorn", command), address, Signals.HUP);
    }

    static Server pumaPhased(Stage stage, Path puma) throws IOException, InterruptedException {
        return puma("Puma, phased restart", stage, puma, Signals.USR1);
    }

    static Server pumaHot(Stage stage, Path puma) throws IOException, InterruptedException {
        return puma("Puma, hot restart", stage, puma, Signals.USR2);
    }

    private static Server puma(String name, Stage stage, Path puma, Signals signal)
            throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = stage.directory("puma");
        Files.writeString(directory.resolve("config.ru"), RUBY);
        List<String> command = List.of(
                puma.toString(),
                "--quiet",
                "--workers=2",
                "--threads=16:16",
                "--bind=tcp://" + Ports.text(address),
                "--dir=" + directory);
        return Reloading.start(name, stage.start("puma", command), address, signal);
    }
}
