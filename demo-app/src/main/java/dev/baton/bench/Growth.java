package dev.baton.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How an upgrade, and the supervisor's memory, grow with the number of listeners and of connections that are handed over. */
final class Growth implements Section {
    private static final String LISTENERS = "listeners";
    private static final String CONNECTIONS = "connections";
    /** What a process needs besides its clients' sockets. */
    private static final int OTHER_FILES = 1_000;

    @Override
    public String name() {
        return "growth";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        for (int listeners : course.scale().listeners()) {
            System.err.println("growth: listeners, " + listeners);
            try (Supervised server = course.supervised(Supervised.How.plain().on(listeners))) {
                upgrades(course, results, LISTENERS, listeners, server, List.of());
            }
        }
        List<KeptClient> clients = new ArrayList<>();
        try (Supervised server = course.supervised(Supervised.How.plain().with("drain = \"120s\"\n"))) {
            server.upgrade(); // the first time everything is done that is done once
            for (int connections : affordable(course.scale().connections(), results)) {
                System.err.println("growth: connections, " + connections);
                open(clients, connections, server);
                upgrades(course, results, CONNECTIONS, connections, server, clients);
            }
        } finally {
            for (KeptClient client : clients) {
                client.close();
            }
        }
    }

    private static List<Integer> affordable(List<Integer> wanted, Results results) {
        long files =
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getMaxFileDescriptorCount();
        List<Integer> affordable = new ArrayList<>();
        for (int connections : wanted) {
            if (connections + OTHER_FILES <= files) {
                affordable.add(connections);
            } else {
                results.note("%,d connections are left out: a process may have %,d files open here; raise nofile."
                        .formatted(connections, files));
            }
        }
        return affordable;
    }

    private void upgrades(
            Course course, Results results, String what, int number, Supervised server, List<KeptClient> clients)
            throws IOException {
        for (int repeat = 1; repeat <= course.scale().repeats(); repeat++) {
            Map<String, Double> figures = Breakdown.of(server).figures();
            figures.put("broken", (double) broken(clients));
            figures.put("resident", Machine.residentMebibytes(server.pid()));
            results.add(new Sample(name(), Map.of("what", what, "number", "%,d".formatted(number)), figures));
        }
    }

    private static void open(List<KeptClient> clients, int wanted, Supervised server) throws IOException {
        while (clients.size() < wanted) {
            KeptClient client = KeptClient.to(server.address());
            clients.add(client);
            client.ask();
            client.answer();
        }
    }

    /** Asks over every connection, and counts where no answer comes. */
    private static int broken(List<KeptClient> clients) {
        int broken = 0;
        List<KeptClient> asked = new ArrayList<>();
        for (KeptClient client : clients) {
            try {
                client.ask();
                asked.add(client);
            } catch (IOException e) {
                broken++;
            }
        }
        for (KeptClient client : asked) {
            try {
                client.answer();
            } catch (IOException e) {
                broken++;
            }
        }
        return broken;
    }

    @Override
    public String tables(Results results) {
        Samples all = results.of(name());
        return table(LISTENERS, "Nobody is connected.", all)
                + table(CONNECTIONS, "All of them idle; each is asked something after every upgrade.", all);
    }

    private static String table(String what, String how, Samples all) {
        Samples these = all.of("what", what);
        if (these.isEmpty()) {
            return "";
        }
        Table table = new Table(
                1,
                what,
                "Baton's own share after the start",
                "accepting",
                "parking",
                "draining",
                "broken",
                "supervisor, resident MiB");
        for (String number : these.values("number")) {
            Samples of = these.of("number", number);
            table.row(
                    number,
                    of.spread("afterStart").text(0),
                    of.spread("accepting").text(0),
                    of.spread("parking").text(0),
                    of.spread("draining").text(0),
                    "%.0f".formatted(of.sum("broken")),
                    of.spread("resident").text(0));
        }
        return "### An upgrade with more " + what + "\n\n" + how + "\n\n" + table;
    }
}
