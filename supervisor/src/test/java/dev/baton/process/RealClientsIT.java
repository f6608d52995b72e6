package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.supervisor.Installed;
import dev.baton.supervisor.control.JsonObject;
import java.net.InetSocketAddress;
import java.net.http.HttpClient.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients that nobody here wrote, all at once, while the server is replaced: none of them has anything to complain of. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RealClientsIT {
    private static final int UPGRADES = 4;
    private static final Duration PATIENCE = RunningBaton.PATIENCE;

    @TempDir
    Path directory;

    private List<String> demo(String label) {
        return Places.demo(label, "--key-store", directory.resolve("demo.p12").toString());
    }

    @Test
    void noClientSeesAnErrorWhateverLibraryAndProtocolItSpeaks() throws Exception {
        Map<String, ForeignClient> clients = new LinkedHashMap<>();
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:0")
                .listen("https", "127.0.0.1:0")
                .flag("--drain", "3s") // what event streams and slow closers may take
                .command(demo("v1"))
                .start()) {
            startPrograms(clients, baton.address("http"), baton.address("https"));
            startLibraries(clients, baton.address("http"), baton.address("https"));
            for (int generation = 2; generation <= UPGRADES + 1; generation++) {
                awaitProgress(clients);
                JsonObject upgrade = baton.upgrade(demo("v" + generation)).json();
                assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                System.out.println(upgrade.object("phases") + " cut: " + upgrade.texts("cut"));
            }
            awaitProgress(clients);
            assertAll(clients.entrySet().stream()
                    .map(client -> () -> hasNothingToComplainOf(client.getKey(), client.getValue())));
            if (clients.get("curl kept alive") instanceof Program curl) {
                assertEquals(1, curl.connects(), "it has kept its connection through all of them");
            }
        } finally {
            clients.values().forEach(ForeignClient::close);
        }
    }

    private static void startPrograms(
            Map<String, ForeignClient> clients, InetSocketAddress http, InetSocketAddress https) throws Exception {
        if (!Installed.has("curl")) {
            System.out.println("curl is not on this machine and takes no part");
            return;
        }
        String plain = "http://127.0.0.1:" + http.getPort();
        String secret = "https://127.0.0.1:" + https.getPort();
        clients.put("curl kept alive", Program.curl(plain, "--http1.1"));
        clients.put("curl h2c", Program.curls(plain, "--http2-prior-knowledge"));
        clients.put("curl h2c by upgrade", Program.curl(plain, "--http2"));
        clients.put("curl TLS HTTP/1.1", Program.curl(secret, "--http1.1"));
        clients.put("curl h2", Program.curl(secret, "--http2"));
    }

    private static void startLibraries(
            Map<String, ForeignClient> clients, InetSocketAddress http, InetSocketAddress https) throws Exception {
        String plain = "http://127.0.0.1:" + http.getPort();
        String secret = "https://localhost:" + https.getPort();
        clients.put("JDK HTTP/1.1", Libraries.jdk(plain, Version.HTTP_1_1));
        clients.put("JDK TLS HTTP/1.1", Libraries.jdk(secret, Version.HTTP_1_1));
        if (Runtime.version().feature() >= 24) { // before, it fails requests on any GOAWAY: JDK-8335181
            clients.put("JDK h2c", Libraries.jdk(plain, Version.HTTP_2));
            clients.put("JDK h2", Libraries.jdk(secret, Version.HTTP_2));
        }
        clients.put("Apache HttpClient", Libraries.apache(plain));
        clients.put("Jetty WebSocket", Libraries.webSocket(http));
        clients.put("EventSource", Libraries.eventSource(http));
    }

    /** Waits until each has had some more answers; the event stream counts but whole streams. */
    private static void awaitProgress(Map<String, ForeignClient> clients) {
        Map<String, Long> before = clients.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, client -> client.getValue().answered()));
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> clients.forEach((name, client) -> assertTrue(
                        name.equals("EventSource") || client.answered() > before.get(name) + 2,
                        () -> name + " makes no progress")));
    }

    private static void hasNothingToComplainOf(String name, ForeignClient client) throws Exception {
        List<String> complaints = client.complaints();
        System.out.printf("%-20s %,7d answered, complaints: %s%n", name, client.answered(), complaints);
        assertEquals(List.of(), complaints, name);
        assertTrue(client.answered() > 0, name + " was never answered");
    }

    @Test
    void loadToolsCountNoErrorWhileTheServerIsReplaced() throws Exception {
        assumeTrue(Installed.has("ab") || Installed.has("h2load"), "install apache2-utils or nghttp2-client");
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:0")
                .listen("https", "127.0.0.1:0")
                .command(demo("v1"))
                .start()) {
            Map<String, ForeignClient> clients = new LinkedHashMap<>();
            String plain = "http://127.0.0.1:" + baton.address("http").getPort();
            String secret = "https://127.0.0.1:" + baton.address("https").getPort();
            if (Installed.has("ab")) {
                clients.put("ab -k", Program.ab(plain, 12));
            } else {
                System.out.println("ab is not on this machine and takes no part");
            }
            if (Installed.has("h2load")) {
                clients.put("h2load h2c", Program.h2load(plain, 12));
                clients.put("h2load h2", Program.h2load(secret, 12));
            } else {
                System.out.println("h2load is not on this machine and takes no part");
            }
            int generation = 1;
            try {
                while (clients.values().stream().anyMatch(client -> ((Program) client).isAlive())) {
                    generation++;
                    JsonObject upgrade = baton.upgrade(demo("v" + generation)).json();
                    assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                }
                for (ForeignClient client : clients.values()) {
                    ((Program) client).await();
                    ((Program) client)
                            .output().stream()
                                    .filter(line -> line.indexOf('\t') < 0) // h2load's log
                                    .forEach(System.out::println);
                }
                System.out.println(generation - 1 + " upgrades");
                assertAll(clients.entrySet().stream()
                        .map(client -> () -> hasNothingToComplainOf(client.getKey(), client.getValue())));
            } finally {
                clients.values().forEach(ForeignClient::close);
            }
        }
    }
}
