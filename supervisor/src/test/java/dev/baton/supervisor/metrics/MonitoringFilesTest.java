package dev.baton.supervisor.metrics;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Traffic;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.UpgradeRecord;
import dev.baton.supervisor.UpgradeTotals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/ has for Prometheus and Grafana: it can be parsed, and asks for nothing that is never told. */
class MonitoringFilesTest {
    private static final Path ALERTS = Path.of("../docs/alerts.yml");
    private static final Path DASHBOARD = Path.of("../docs/grafana-dashboard.json");
    private static final Pattern EXPRESSION = Pattern.compile("\"expr\": \"((?:[^\"\\\\]|\\\\.)*)\"");

    @TempDir
    Path directory;

    @Test
    void promtoolFindsNoFaultWithTheAlerts() throws Exception {
        Promtool.require();
        Promtool.agrees("", "check", "rules", ALERTS.toString());
    }

    /** An application with metrics of its own that runs alone is at fault in nothing; a supervisor is. */
    @Test
    void alertsAreOfSupervisorsAndAlsoOfOneThatIsGone() throws Exception {
        Promtool.require();
        Path file = Files.writeString(directory.resolve("cases.yml"), """
                rule_files: ["%s"]
                tests:
                  - interval: 1m
                    input_series:
                      - {series: 'baton_generation{job="baton", instance="supervisor"}', values: '0x10'}
                      - {series: 'baton_worker_restarts_total{job="baton", instance="supervisor"}', values: '0x10'}
                      - {series: 'baton_generation{job="shop", instance="alone"}', values: '0x10'}
                      - {series: 'baton_http_requests_total{job="shop", instance="alone", status="5xx"}', values: '0+9x10'}
                      - {series: 'up{job="baton", instance="gone"}', values: '0x10'}
                      - {series: 'up{job="baton", instance="supervisor"}', values: '1x10'}
                    promql_expr_test:
                      - expr: 'count by (alertname, instance) (ALERTS{alertstate="firing"})'
                        eval_time: 8m
                        exp_samples:
                          - {labels: '{alertname="BatonNobodyServes", instance="supervisor"}', value: 1}
                          - {labels: '{alertname="BatonUnreachable", instance="gone"}', value: 1}
                """.formatted(
                        ALERTS.toAbsolutePath().normalize()));

        Promtool.agrees("", "test", "rules", file.toString());
    }

    @Test
    void promtoolUnderstandsEveryQuestionOfTheDashboard() throws Exception {
        Promtool.require();
        StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        int number = 0;
        for (String expression : expressions()) {
            String plain = expression.replace("$__rate_interval", "1m").replace("$instance", ".*");
            rules.append("      - record: dashboard:question").append(number++).append("\n        expr: '");
            rules.append(plain).append("'\n");
        }
        Path file = Files.writeString(directory.resolve("dashboard.yml"), rules);

        Promtool.agrees("", "check", "rules", file.toString());
    }

    @Test
    void everySeriesThatTheyAskForIsToldInAScrape() throws Exception {
        String scraped = scraped();
        String asked = String.join("\n", expressions()) + Files.readString(ALERTS);
        var names = Pattern.compile("\\b(baton|jvm)_\\w+")
                .matcher(asked)
                .results()
                .map(found -> found.group())
                .toList();
        assertFalse(names.isEmpty());
        names.forEach(name -> assertTrue(
                Pattern.compile("(?m)^" + name + "[ {]").matcher(scraped).find(), name + " is not in:\n" + scraped));
    }

    private static List<String> expressions() throws Exception {
        List<String> found = EXPRESSION
                .matcher(Files.readString(DASHBOARD))
                .results()
                .map(expression -> expression.group(1).replace("\\\"", "\""))
                .toList();
        assertFalse(found.isEmpty());
        return found;
    }

    private static String scraped() {
        UpgradeRecord upgrade = new UpgradeRecord(
                1,
                Instant.EPOCH,
                Optional.of(Outcome.UPGRADED),
                1,
                2,
                Map.of("starting", Duration.ofMillis(1)),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of());
        Status.WorkerState worker = new Status.WorkerState(
                2,
                Status.Role.ACTIVE,
                true,
                9,
                Instant.EPOCH,
                List.of("java"),
                1,
                2,
                3,
                true,
                Optional.empty(),
                List.of(),
                Traffic.NONE);
        Status status = new Status(
                "shop",
                "serving",
                Instant.EPOCH,
                List.of(new Status.ListenerState(ListenerSpec.parse("http=127.0.0.1:8080"), 0, 0)),
                List.of(worker),
                3,
                Traffic.NONE,
                Status.Restarts.NONE,
                Optional.of(upgrade));
        return new Scrape().text(status, UpgradeTotals.NONE.and(upgrade), "").body();
    }
}
