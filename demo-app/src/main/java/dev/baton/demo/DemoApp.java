package dev.baton.demo;

import dev.baton.kit.connection.RateLimit;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The demo's command line. */
@Command(
        name = "demo-app",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "A small Jetty application and a line service, to be replaced by its next version under load.",
        footer = {
            "",
            "Under a supervisor it serves what the supervisor listens on: names that begin with http speak HTTP, with https TLS,",
            "and all others lines. Pages: /  /echo  /slow?ms=500  /stream?lines=100&ms=20  /file  /health  /ws  /sse"
        })
public final class DemoApp implements Callable<Integer> {
    private static final Pattern ADDRESS = Pattern.compile("(?:\\[([0-9a-fA-F:.%]+)]|([^:\\[\\]]*)):(\\d{1,5})");

    @Option(
            names = "--label",
            paramLabel = "LABEL",
            defaultValue = "v1",
            description = "What the answers call this version. Default: ${DEFAULT-VALUE}.")
    private String label;

    @Option(
            names = "--http",
            paramLabel = "ADDRESS",
            defaultValue = ":8080",
            description = "Where to speak HTTP when standing alone. Default: ${DEFAULT-VALUE}.")
    private InetSocketAddress http;

    @Option(
            names = "--line",
            paramLabel = "ADDRESS",
            defaultValue = ":7000",
            description = "Where to serve lines when standing alone. Default: ${DEFAULT-VALUE}.")
    private InetSocketAddress line;

    @Option(names = "--tls", description = "Speak HTTPS and h2 as well, with a certificate of its own making.")
    private boolean tls;

    @Option(
            names = "--https",
            paramLabel = "ADDRESS",
            defaultValue = ":8443",
            description = "Where to speak HTTPS when standing alone. Default: ${DEFAULT-VALUE}.")
    private InetSocketAddress https;

    @Option(
            names = "--key-store",
            paramLabel = "FILE",
            description =
                    "Where to keep the certificate, so that the next version has the same. Default: a temporary file.")
    private Path keyStore;

    @Option(names = "--count-lines", description = "Number the lines of each client: LABEL gen=N line=K: line.")
    private boolean counting;

    @Option(
            names = "--limit",
            paramLabel = "RATE",
            description = "Put all clients on one link of that capacity, e.g. 1MiB/s.")
    private String limit;

    @Option(
            names = "--socket",
            paramLabel = "HOW",
            defaultValue = "own",
            description = "Where --http comes from when standing alone: own; inherited, as descriptor 0, already bound;"
                    + " shared, bound with SO_REUSEPORT beside others'. Default: ${DEFAULT-VALUE}.")
    private Binding.Socket socket;

    @Option(names = "--plain", description = "Use nothing of Baton's: an unmodified program, for the agent.")
    private boolean plain;

    @Spec
    private CommandSpec spec;

    /** Runs until it is stopped, or drained by a supervisor. */
    public static void main(String[] arguments) {
        // Told this, Jetty does not start the JVM's management to find it out, which would take it a fifth of a second.
        System.setProperty("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        Logging.configure();
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new DemoApp())
                .registerConverter(InetSocketAddress.class, DemoApp::address)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, line, parsed) -> complain(e, line.getErr()));
    }

    private static int complain(Exception failure, PrintWriter err) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof BindException)) {
            cause = cause.getCause();
        }
        err.println("demo-app can't start: " + failure.getMessage()
                + (cause == failure ? "" : " (" + cause.getMessage() + ")"));
        return 1;
    }

    @Override
    public Integer call() throws Exception {
        checkLimit();
        FutureTask<Footing> attaching = new FutureTask<>(plain ? PlainFooting::new : () -> new KitFooting(limit));
        Thread attach = new Thread(attaching, "attach");
        attach.setDaemon(true);
        attach.start();
        Demo demo = Demo.start(attaching, label, bindings(), keyStoreOrTemporary(), counting);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(demo), "stop"));
        Logger log = LoggerFactory.getLogger(DemoApp.class);
        log.info("ready label={} generation={} listening={}", label, demo.generation(), demo.addresses());
        demo.awaitDrained();
        return 0;
    }

    private void checkLimit() {
        if (plain && limit != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--limit is a thing of the kit's, and --plain uses nothing of it: take one of them");
        }
        try {
            if (limit != null) {
                RateLimit.parse(limit);
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--limit: " + e.getMessage(), e);
        }
    }

    private static void stop(Demo demo) {
        try {
            demo.close();
        } catch (IOException e) {
            System.err.println("demo-app did not stop cleanly: " + e.getMessage());
        }
    }

    private List<Binding> bindings() {
        List<Binding> bindings = new ArrayList<>();
        bindings.add(new Binding("http", http, socket));
        bindings.add(new Binding("line", line));
        if (tls) {
            bindings.add(new Binding("https", https));
        }
        return bindings;
    }

    private Path keyStoreOrTemporary() {
        if (keyStore != null) {
            return keyStore;
        }
        Path temporary = Path.of(
                System.getProperty("java.io.tmpdir"),
                "baton-demo-" + ProcessHandle.current().pid() + ".p12");
        temporary.toFile().deleteOnExit();
        return temporary;
    }

    static InetSocketAddress address(String text) throws IOException {
        Matcher matcher = ADDRESS.matcher(text);
        int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : -1;
        if (port < 0 || port > 65535) {
            throw new CommandLine.TypeConversionException(
                    "'" + text + "' is no address: write 127.0.0.1:8080, [::]:8080 or :8080");
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return host.isEmpty() || host.equals("*")
                ? new InetSocketAddress(port)
                : new InetSocketAddress(InetAddress.getByName(host), port);
    }
}
