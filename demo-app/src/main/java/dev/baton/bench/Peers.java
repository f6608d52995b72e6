package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Servers that replace themselves, in their own ways, with a small answer of their own and keep-alive without a limit of requests. */
final class Peers implements Section {
    private static final String NGINX = """
        daemon %3$s;
        user root;
        worker_processes auto;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events { worker_connections 2048; }
        http {
            access_log off;
            keepalive_requests 1000000000;
            client_body_temp_path %1$s/body;
            proxy_temp_path %1$s/proxy;
            fastcgi_temp_path %1$s/fastcgi;
            uwsgi_temp_path %1$s/uwsgi;
            scgi_temp_path %1$s/scgi;
            server {
                listen %2$s;
                default_type text/plain;
                location / { return 200 "nginx\\n"; }
            }
        }
        """;
    private static final String HAPROXY = """
        global
            stats socket %1$s/admin.sock level admin expose-fd listeners
            maxconn 2000
        defaults
            mode http
            option idle-close-on-response
            timeout client 60s
            timeout connect 10s
            timeout server 60s
        frontend http
            bind %2$s
            http-request return status 200 content-type text/plain string "haproxy\\n"
        """;
    private static final String APACHE = """
        ServerRoot %1$s
        ServerName localhost
        DefaultRuntimeDir %1$s
        PidFile %1$s/apache.pid
        ErrorLog %1$s/error.log
        Listen %2$s
        LoadModule mpm_event_module %3$s/mod_mpm_event.so
        LoadModule authz_core_module %3$s/mod_authz_core.so
        LoadModule dir_module %3$s/mod_dir.so
        DocumentRoot %1$s/www
        KeepAlive On
        KeepAliveTimeout 60
        MaxKeepAliveRequests 0
        """;
    private static final String LIGHTTPD = """
        server.document-root = "%1$s/www"
        server.bind = "127.0.0.1"
        server.port = %2$d
        server.errorlog = "%1$s/error.log"
        server.max-keep-alive-requests = 65535
        index-file.names = ( "index.html" )
        """;
    private static final String H2O = """
        listen:
          host: 127.0.0.1
          port: %2$d
        http1-request-timeout: 60
        hosts:
          default:
            paths:
              /:
                file.dir: %1$s/www
        """;
    private static final String CADDY = """
        {
            admin %3$s
        }
        http://%2$s {
            bind 127.0.0.1
            respond "caddy\n"
        }
        """;

    /** How one is started that replaces itself in one of its ways. */
    @FunctionalInterface
    private interface Way {
        Server start(Stage stage, Path program) throws IOException, InterruptedException;
    }

    private record Peer(String program, List<Way> ways) {}

    private static final List<Peer> PEERS = List.of(
            new Peer("nginx", List.of(Peers::nginxReload, Peers::nginxBinary)),
            new Peer(Proxied.PROGRAM, List.of(Peers::haproxyReload, Peers::haproxySuccession)),
            new Peer("apache2", List.of(Peers::apache)),
            new Peer("lighttpd", List.of(Peers::lighttpd)),
            new Peer("h2o", List.of(Peers::h2o)),
            new Peer("caddy", List.of(Peers::caddy)),
            new Peer("gunicorn", List.of(ScriptServers::gunicorn)),
            new Peer("puma", List.of(ScriptServers::pumaPhased, ScriptServers::pumaHot)));

    @Override
    public String name() {
        return "peers";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        for (Peer peer : PEERS) {
            Optional<Path> program = Installed.find(peer.program, results);
            if (program.isPresent()) {
                for (Way way : peer.ways) {
                    Replacements.measure(this, course, results, () -> way.start(course.stage(), program.get()));
                }
            }
        }
    }

    private static Server nginxReload(Stage stage, Path nginx) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Program program = nginx(stage, nginx, stage.directory("nginx"), address, "off");
        return Reloading.start("nginx, reload", program, address, Signals.HUP);
    }

    private static Server nginxBinary(Stage stage, Path nginx) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = stage.directory("nginx");
        Program starter = nginx(stage, nginx, directory, address, "on");
        return NginxBinary.start(stage, starter, address, directory.resolve("nginx.pid"));
    }

    private static Program nginx(Stage stage, Path nginx, Path directory, InetSocketAddress address, String daemon)
            throws IOException {
        Path file = Files.writeString(
                directory.resolve("nginx.conf"), NGINX.formatted(directory, Ports.text(address), daemon));
        return stage.start("nginx", List.of(nginx.toString(), "-p", directory.toString(), "-c", file.toString()));
    }

    private static Server haproxyReload(Stage stage, Path haproxy) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path file = haproxy(stage.directory("haproxy"), address);
        Program program = stage.start("haproxy", List.of(haproxy.toString(), "-W", "-f", file.toString()));
        return Reloading.start("HAProxy, master-worker reload", program, address, Signals.USR2);
    }

    private static Server haproxySuccession(Stage stage, Path haproxy) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path file = haproxy(stage.directory("haproxy"), address);
        List<String> command = List.of(haproxy.toString(), "-db", "-f", file.toString());
        return HaproxySuccession.start(stage, command, file.resolveSibling("admin.sock"), address);
    }

    private static Path haproxy(Path directory, InetSocketAddress address) throws IOException {
        return Files.writeString(directory.resolve("haproxy.cfg"), HAPROXY.formatted(directory, Ports.text(address)));
    }

    private static Server apache(Stage stage, Path apache) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = withPage(stage.directory("apache"));
        Path modules = apache.getParent().resolveSibling("lib/apache2/modules");
        StringBuilder text = new StringBuilder(APACHE.formatted(directory, Ports.text(address), modules));
        if (System.getProperty("user.name").equals("root")) {
            text.append("User nobody\nGroup nogroup\n"); // apache refuses to serve as root
        }
        Path file = Files.writeString(directory.resolve("apache.conf"), text);
        Program program = stage.start("apache", List.of(apache.toString(), "-D", "FOREGROUND", "-f", file.toString()));
        return Reloading.start("Apache event, graceful", program, address, Signals.USR1);
    }

    private static Server lighttpd(Stage stage, Path lighttpd) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = withPage(stage.directory("lighttpd"));
        Path modules = lighttpd.getParent().resolveSibling("lib/lighttpd");
        Path file =
                Files.writeString(directory.resolve("lighttpd.conf"), LIGHTTPD.formatted(directory, address.getPort()));
        Program program = stage.start(
                "lighttpd", List.of(lighttpd.toString(), "-D", "-m", modules.toString(), "-f", file.toString()));
        return Relaunching.start(
                "lighttpd, graceful", program, address, Signals.USR1, directory.resolve("error.log"), "server started");
    }

    private static Server h2o(Stage stage, Path h2o) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = withPage(stage.directory("h2o"));
        Path file = Files.writeString(directory.resolve("h2o.conf"), H2O.formatted(directory, address.getPort()));
        Program program = stage.start("h2o", List.of(h2o.toString(), "-m", "master", "-c", file.toString()));
        return Reloading.start("h2o, graceful", program, address, Signals.HUP);
    }

    private static Server caddy(Stage stage, Path caddy) throws IOException, InterruptedException {
        InetSocketAddress address = Ports.free();
        Path directory = stage.directory("caddy");
        String admin = Ports.text(Ports.free());
        Path file = Files.writeString(
                directory.resolve("Caddyfile"), CADDY.formatted(directory, Ports.text(address), admin));
        Map<String, String> home = Map.of("HOME", directory.toString());
        Program program = stage.start("caddy", List.of(caddy.toString(), "run", "--config", file.toString()), home);
        List<String> reload =
                List.of(caddy.toString(), "reload", "--force", "--address", admin, "--config", file.toString());
        return Commanded.start("Caddy, reload", stage, program, address, reload, home);
    }

    /** Another user may have to read it. */
    private static Path withPage(Path directory) throws IOException {
        for (Path above : List.of(directory.getParent(), directory)) {
            Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwx--x--x"));
        }
        Path www = Files.createDirectory(directory.resolve("www"));
        Files.setPosixFilePermissions(www, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path page = Files.writeString(www.resolve("index.html"), "here\n");
        Files.setPosixFilePermissions(page, PosixFilePermissions.fromString("rw-r--r--"));
        return directory;
    }

    @Override
    public String tables(Results results) {
        return "### Servers that replace themselves\n\nEach with its own small answer.\n\n"
                + Replacements.table(results.of(name()));
    }
}
