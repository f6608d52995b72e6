package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Check;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Signal;
import dev.baton.supervisor.WarmUp;
import dev.baton.supervisor.Wrap;
import dev.baton.supervisor.config.ConfigurationFile.Elsewhere;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationFileTest {
    private static final String LEAST = "command = [\"java\"]\nlisten = { http = \":8080\" }\n";
    private static final Elsewhere NOWHERE_ELSE = new Elsewhere(false, false, Optional.empty());
    private static final Map<String, String> VARIABLES = Map.of("HOME", "/srv", "PORT", "8081", "ODD", "${HOME}");
    private static final Settings.User DEPLOY =
            new Settings.User("deploy", 1001, 1001, List.of(1001, 27), "/", "/bin/sh");
    private static final Settings.User ALICE =
            new Settings.User("alice", 1002, 1002, List.of(1002, 1001), "/", "/bin/sh");
    private static final Settings.User MALLORY =
            new Settings.User("mallory", 1003, 1003, List.of(1003), "/", "/bin/sh");

    private static final Accounts ACCOUNTS = new Accounts() {
        @Override
        public Optional<Settings.User> user(String name) {
            return List.of(DEPLOY, ALICE, MALLORY).stream()
                    .filter(account -> account.name().equals(name))
                    .findFirst();
        }

        @Override
        public Optional<Integer> group(String name) {
            return name.equals("web") ? Optional.of(33) : Optional.empty();
        }
    };

    @TempDir
    Path directory;

    private ConfigurationFile file(String text) throws IOException {
        Path file = directory.resolve("shop.toml");
        Files.writeString(file, text);
        return new ConfigurationFile(file, VARIABLES);
    }

    private Configuration read(String text) throws IOException, ConfigurationException {
        return file(text).read(NOWHERE_ELSE, ACCOUNTS);
    }

    private List<String> mistakes(String... lines) throws IOException {
        ConfigurationFile file = file(String.join("\n", lines));
        ConfigurationException wrong =
                assertThrows(ConfigurationException.class, () -> file.read(NOWHERE_ELSE, ACCOUNTS));
        return wrong.mistakes().stream()
                .map(mistake -> mistake.toString().replace(file.path() + ":", ""))
                .toList();
    }

    /** Of a file that is right but for these lines at its top. */
    private List<String> mistakesBefore(String... lines) throws IOException {
        List<String> all = new ArrayList<>(Arrays.asList(lines));
        all.add(0, LEAST.strip());
        return mistakes(all.toArray(String[]::new));
    }

    // ---- what is right ----

    @Test
    void hookIsACommandWithADeadline() throws Exception {
        assertEquals(Optional.empty(), read(LEAST).hook());
        assertEquals(
                Optional.of(new HookCommand(List.of("tell", "chat"), Duration.ofSeconds(5))),
                read(LEAST + "hooks.command = ['tell', 'chat']\n").hook());
        assertEquals(
                List.of(
                        "3:17: hooks.command is empty; nothing could be run; write command = [\"/usr/local/bin/tell-chat\"]",
                        "4:18: hooks.deadline is zero; nothing is done in no time; write something like \"5s\""),
                mistakesBefore("hooks.command = []", "hooks.deadline = '0s'"));
    }

    @Test
    void classesAreArchivedForWorkersOfOnesOwnAndOfAnotherUser() throws Exception {
        assertEquals(false, read(LEAST).cache());
        assertEquals(true, read(LEAST + "start.cache = true\n").cache());
        assertEquals(
                true,
                read("user = 'mallory'\n" + LEAST + "start.cache = true\n").cache());
    }

    @Test
    void everyKeyTakesEffect() throws Exception {
        Configuration read = read("""
                name = "web"
                command = ["java", "-jar", 'shop.jar']
                directory = "/srv/shop/current"
                environment = { PROFILE = "prod", EMPTY = "" }
                wrap = "kit"
                user = "mallory"
                group = "web"
                [listen]
                http = "0.0.0.0:8080"
                line = { address = "127.0.0.1:7000", backlog = 16 }
                [ready]
                timeout = "90s"
                after = "3s"
                check = { listener = "http", path = "/health?deep=1", status = 204 }
                [upgrade]
                bake = "0s"
                drain = "1m30s"
                stop-signal = "QUIT"
                kill-after = "250ms"
                [restart]
                backoff = { first = "1s", most = "2m" }
                [control]
                socket = "/run/shop/own.sock"
                allow-users = ["deploy", "alice"]
                http = "127.0.0.1:9180"
                http-hosts = ["ops.example.com"]
                read-token-file = "read"
                act-token-file = "/etc/act"
                """);
        assertEquals(Optional.of(Duration.ofSeconds(3)), read.readyAfter());
        assertEquals(Optional.of(Signal.QUIT), read.stopSignal());
        assertEquals(Optional.of("web"), read.app());
        assertEquals(List.of("java", "-jar", "shop.jar"), read.command());
        assertEquals(Optional.of(Path.of("/srv/shop/current")), read.directory());
        assertEquals(Map.of("PROFILE", "prod", "EMPTY", ""), read.environment());
        assertEquals(Optional.of(Wrap.KIT), read.wrap());
        assertEquals(
                List.of("http=0.0.0.0:8080", "line=127.0.0.1:7000"),
                read.listeners().stream().map(ListenerSpec::toString).toList());
        assertEquals(
                List.of(4096, 16),
                read.listeners().stream().map(ListenerSpec::backlog).toList());
        assertEquals(Optional.of(Duration.ofSeconds(90)), read.readyTimeout());
        assertEquals(Optional.of(new Check("http", "/health?deep=1", 204)), read.check());
        assertEquals(Optional.of(Duration.ZERO), read.bake());
        assertEquals(Optional.of(Duration.ofSeconds(90)), read.drain());
        assertEquals(Optional.of(Duration.ofMillis(250)), read.killAfter());
        assertEquals(Optional.of(Duration.ofSeconds(1)), read.firstBackoff());
        assertEquals(Optional.of(Duration.ofMinutes(2)), read.longestBackoff());
        assertEquals(Optional.of(Path.of("/run/shop/own.sock")), read.controlSocket());
        assertEquals(List.of(DEPLOY, ALICE), read.allowUsers());
        assertEquals(Optional.of(MALLORY), read.user());
        assertEquals(Optional.of(33), read.group());
        ControlHttp http = read.controlHttp().orElseThrow();
        assertEquals("/127.0.0.1:9180", http.address().toString());
        assertEquals(Set.of("ops.example.com"), http.hosts());
        assertEquals(Optional.of(directory.resolve("read")), http.readToken());
        assertEquals(Optional.of(Path.of("/etc/act")), http.actToken());
    }

    @Test
    void commandAndListenerSuffice() throws Exception {
        Configuration read = read(LEAST);
        assertEquals(Optional.of("shop"), read.app(), "the file's name");
        assertEquals(Optional.empty(), read.directory());
        assertEquals(Optional.empty(), read.check());
        assertEquals(Optional.empty(), read.bake());
        assertEquals(List.of(), read.allowUsers());
    }

    @Test
    void manualHasTheExampleAsItIs() throws Exception {
        String manual = Files.readString(Path.of("../systemd/man/baton.toml.5"));
        String example = Files.readString(Path.of("../docs/baton.toml.example"));
        assertTrue(
                manual.contains(".SH EVERY KEY\n.nf\n" + example.replace("-", "\\-") + "\n.fi\n"),
                "in systemd/man/baton.toml.5 stands docs/baton.toml.example, each - as \\-");
    }

    /** The example documents every key but those that are still to come, and says the defaults as they are. */
    @Test
    void exampleIsRightAndWhole() throws Exception {
        Path example = Path.of("../docs/baton.toml.example");
        Configuration read = new ConfigurationFile(example, Map.of()).read(NOWHERE_ELSE);
        assertEquals(Optional.of("shop"), read.app());
        assertEquals(Optional.of(Settings.READY_TIMEOUT), read.readyTimeout());
        assertEquals(Optional.of(Settings.BAKE), read.bake());
        assertEquals(Optional.of(Settings.DRAIN), read.drain());
        assertEquals(Optional.of(Settings.KILL_AFTER), read.killAfter());
        assertEquals(Optional.of(Settings.FIRST_BACKOFF), read.firstBackoff());
        assertEquals(Optional.of(Settings.LONGEST_BACKOFF), read.longestBackoff());
        for (ListenerSpec listener : read.listeners()) {
            assertEquals(ListenerSpec.DEFAULT_BACKLOG, listener.backlog());
        }
        assertTrue(read.controlSocket().isPresent());
        assertEquals(
                List.of("root"),
                read.allowUsers().stream().map(Settings.User::name).toList());
        String text = Files.readString(example);
        Set<String> coming = Set.of(
                "start",
                "start.cache",
                "hooks",
                "hooks.command",
                "hooks.deadline",
                "control.read-token-file",
                "control.act-token-file");
        Set<String> tables = Set.of("listen", "ready", "warm-up", "upgrade", "restart", "control");
        for (String key : Keys.EVERYWHERE) {
            assertTrue(
                    coming.contains(key)
                            || tables.contains(key) && text.contains("\n[" + key + "]")
                            || text.matches("(?s).*\n *" + key.replaceAll(".*\\.", "") + " *= .*"),
                    key + " is missing");
        }
    }

    @Test
    void whatTheCommandLineSaysNeedNotStandInTheFile() throws Exception {
        Configuration read = file("").read(new Elsewhere(true, true, Optional.empty()), ACCOUNTS);
        assertEquals(List.of(), read.command());
        assertEquals(List.of(), read.listeners());
        read = file("ready.check = {listener = 'admin', path = '/'}")
                .read(new Elsewhere(true, true, Optional.empty()), ACCOUNTS);
        assertEquals(Optional.of(new Check("admin", "/", 200)), read.check());
    }

    @Test
    void warmUpNeedsNoMoreThanRequests() throws Exception {
        WarmUp least = read("warm-up.requests = ['GET /', 'HEAD /x?a=b']\n" + LEAST)
                .warmUp()
                .orElseThrow();
        assertEquals(
                new WarmUp("http", List.of("GET /", "HEAD /x?a=b"), OptionalInt.empty(), Duration.ofSeconds(10)),
                least);
        String all = "warm-up = { requests = ['GET /'], count = 200, timeout = '3s' }\n";
        assertEquals(
                Optional.of(new WarmUp("http", List.of("GET /"), OptionalInt.of(200), Duration.ofSeconds(3))),
                read(all + LEAST).warmUp());
        assertEquals(
                least,
                read("warm-up = { requests = ['GET /', 'HEAD /x?a=b'], count = 'settled' }\n" + LEAST)
                        .warmUp()
                        .orElseThrow());
        assertEquals(Optional.empty(), read(LEAST).warmUp());
    }

    @Test
    void warmUpGoesToTheCheckedListenerOrTheOneOfThatNameOrTheOnlyOne() throws Exception {
        String command = "command = ['java']\nwarm-up.requests = ['GET /']\n";
        assertEquals(
                "web",
                read(command + "listen.web = ':1'").warmUp().orElseThrow().listener());
        assertEquals(
                "web",
                read(command + "ready.check = {listener = 'web', path = '/'}\nlisten = {http = ':1', web = ':2'}")
                        .warmUp()
                        .orElseThrow()
                        .listener());
        assertTrue(mistakes("command = ['java']", "warm-up.requests = ['GET /']", "listen = {a = ':1', b = ':2'}")
                .get(0)
                .endsWith("warm-up has no listener; there is more than one, and none is called http; write listener ="
                        + " \"a\", or whichever speaks HTTP"));
    }

    @Test
    void relativePathsCountFromTheFile() throws Exception {
        Configuration read = read("directory = \"current\"\ncontrol.socket = \"../own.sock\"\n" + LEAST);
        assertEquals(Optional.of(directory.resolve("current")), read.directory());
        assertEquals(Optional.of(directory.resolveSibling("own.sock")), read.controlSocket());
    }

    @Test
    void variablesAreExpandedOnceAndTwoDollarsAreOne() throws Exception {
        Configuration read = read("""
                command = ["${HOME}/bin/java", "-Dprice=$$5", "$${HOME}", "${ODD}"]
                listen = { http = "127.0.0.1:${PORT}" }
                """);
        assertEquals(List.of("/srv/bin/java", "-Dprice=$5", "${HOME}", "${HOME}"), read.command());
        assertEquals("127.0.0.1:8081", read.listeners().get(0).address().text());
    }

    // ---- what is wrong ----

    @Test
    void everyMistakeIsToldInOneGo() throws Exception {
        assertEquals(
                List.of(
                        "1:1: unknown key \"nmae\"; it would have no effect; did you mean \"name\"?",
                        "2:20: command[1] is a number; a text is expected; write \"8080\" in quotes",
                        "5:8: listen.http = \"8080\"; it has no port; write :8080, 127.0.0.1:8080, [::1]:8080 or unix:/path",
                        "6:39: listen.line.backlog = 0; it is less than 1; write something like 4096, or leave it out",
                        "9:8: upgrade.bake = \"5\"; it lacks its unit; write \"5s\" for seconds",
                        "10:9: upgrade.drain is a number; a duration is expected; write \"30\" in quotes",
                        "11:1: unknown key \"kil-after\" in [upgrade]; it would have no effect; did you mean \"kill-after\"?"),
                mistakes(
                        "nmae = \"shop\"",
                        "command = [\"java\", 8080]",
                        "# a comment with an = in it",
                        "[listen]",
                        "http = \"8080\"",
                        "line = { address = \":7000\", backlog = 0 }",
                        "",
                        "[upgrade]",
                        "bake = \"5\"",
                        "drain = 30",
                        "kil-after = \"5s\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wrap = 'kitt'                 | 3:8: wrap = \"kitt\"; there is no such choice; did you mean \"kit\"?",
                "upgrade.stop-signal = 'KILL'  | 3:23: upgrade.stop-signal = \"KILL\"; there is no such choice; write one of",
                "start.cache = 'yes'           | 3:15: start.cache is a text; a truth value is expected",
            })
    void whatIsNoChoiceIsRefused(String line, String mistake) throws Exception {
        List<String> mistakes = mistakesBefore(line);
        assertEquals(1, mistakes.size(), mistakes.toString());
        assertTrue(mistakes.get(0).startsWith(mistake), mistakes.get(0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name = '../x'                     | it cannot be an application's name",
                "name = ''                         | it cannot be an application's name",
                "directory = ''                    | it is empty",
                "directory = 7                     | directory is a number; a path",
                "environment = 'A=B'               | environment is a text; a table is expected",
                "environment = {A = true}          | write \"true\" in quotes",
                "environment = {'A=B' = ''}        | no variable can be called that",
                "environment = {A = '$HOME'}       | a single $ means nothing here; write ${HOME} for the variable",
                "environment = {A = '${NONE}'}     | there is no variable NONE in baton's environment",
                "environment = {A = '${'}          | write ${VAR} for the variable, or $$ for a dollar",
                "ready.timeout = '0s'              | nothing gets ready in no time",
                "ready.check = '/health'           | ready.check is a text; a table is expected",
                "ready.check = {path = '/'}        | ready.check has no listener; nobody could be asked; write check = {",
                "ready.check = {listener = 'http'} | ready.check has no path",
                "ready.check = {listener = 'http', path = 'health'}  | begin with a slash",
                "ready.check = {listener = 'http', path = '/a b'}    | it is no path that can be asked for",
                "ready.check = {listener = 'htp', path = '/'}        | no listener is called that; did you mean \"http\"?",
                "ready.check = {listener = 'http', path = '/', status = 700}   | no answer has such a status",
                "ready.check = {listener = 'http', path = '/', status = '200'} | a whole number is expected",
                "ready.check = {listener = 'http', path = '/', stauts = 200}   | did you mean \"status\"?",
                "warm-up = 'GET /'                 | warm-up is a text; a table is expected",
                "warm-up.count = 200               | warm-up has no requests; nothing could be sent; write requests = [",
                "warm-up.requests = []             | warm-up has no requests",
                "warm-up.requests = 'GET /'        | an array of texts is expected; write requests = [\"GET /\"]",
                "warm-up.requests = ['/']          | it is no request that can be sent; write GET, HEAD or OPTIONS",
                "warm-up.requests = ['POST /a']    | it is no request that can be sent",
                "warm-up.requests = ['GET /', 'GET  /'] | warm-up.requests[1] = \"GET  /\"",
                "warm-up = {requests = ['GET /'], count = 0}         | it is less than 1; write a number like 200, or",
                "warm-up = {requests = ['GET /'], count = 'enough'}  | there is no such choice; write a number like 200, or",
                "warm-up = {requests = ['GET /'], count = true}      | a whole number is expected; write a number like 200",
                "warm-up = {requests = ['GET /'], timeout = '0s'}    | nothing gets warm in no time",
                "warm-up = {requests = ['GET /'], listener = 'htp'}  | no listener is called that; did you mean \"http\"?",
                "warm-up = {requests = ['GET /'], cuont = 9}         | did you mean \"count\"?",
                "upgrade.bake = 'soon'             | it is not a duration; write 250ms, 30s, 2m or 1h",
                "upgrade.drain = '8785h'           | upgrade.drain = \"8785h\"; it is longer than a year; write 8784h or less",
                "upgrade.bake = 1979-05-27         | it is not a duration",
                "upgrade.bake = ['5s']             | upgrade.bake is an array; a duration is expected",
                "upgrade = '5s'                    | upgrade is a text; a table is expected; write [upgrade]",
                "bake = '5s'                       | did you mean the \"bake\" of [upgrade]?",
                "upgrade.name = 'shop'             | did you mean the \"name\" of the top? put it above",
                "restart.backoff = {first = '1h'}  | that is more than its most, 30 s",
                "restart.backoff.mots = '1h'       | did you mean \"most\"?",
                "control.allow-users = 'deploy'    | an array of texts is expected; write [\"deploy\"]",
                "control.http = 'unix:/x'          | it is no address of TCP; write something like 127.0.0.1:9180",
                "control.http-hosts = ['a']        | control.http-hosts without control.http",
                "control = { http = ':1', http-hosts = ['http://a'] } | write the name alone",
                "user = 'nobody9'                  | there is no such user here; create it, or take it out",
                "group = 'nobody9'                 | there is no such group here; create it, or take it out",
                "user = 1000                       | user is a number; a user's name is expected",
                "control.allow-users = ['nobody9'] | there is no such user here; create it, or take it out",
                "control.allow-users = ['deploy', 'mallory'] | they have no group in common",
                "zzz = 1                           | there is command, control, directory, environment",
            })
    void wrongValueSaysWhatIsRight(String line, String mistake) throws Exception {
        List<String> mistakes = mistakesBefore(line);
        assertEquals(1, mistakes.size(), mistakes.toString());
        assertTrue(mistakes.get(0).startsWith("3:"), mistakes.get(0));
        assertTrue(mistakes.get(0).contains(mistake), mistakes.get(0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP = ':80'                | 3:1 | it cannot be a listener's name",
                "a = 80                      | 3:5 | an address is expected; write \"80\" in quotes",
                "a = '::1:80'                | 3:5 | an IPv6 address stands in brackets",
                "a = {backlog = 5}           | 3:5 | listen.a has no address",
                "a = {address = ':1', x = 1} | 3:22 | unknown key \"x\" in [listen.a]",
                "a = {address = ':1', backlog = '5'} | 3:32 | listen.a.backlog is a text; a whole number",
            })
    void wrongListenerSaysWhatIsRight(String line, String place, String mistake) throws Exception {
        List<String> mistakes = mistakes("command = ['java']", "[listen]", line);
        assertEquals(1, mistakes.size(), mistakes.toString());
        assertTrue(mistakes.get(0).startsWith(place + ": "), mistakes.get(0));
        assertTrue(mistakes.get(0).contains(mistake), mistakes.get(0));
    }

    @Test
    void twoListenersNeedTwoAddressesUnlessTheKernelChooses() throws Exception {
        assertEquals(
                List.of("4:5: listen.b = \":80\"; listen.a = \":80\" is in its way; give each an address of its own"),
                mistakes("command = ['java']", "[listen]", "a = ':80'", "b = ':80'"));
        assertEquals(
                List.of(
                        "4:5: listen.b = \"127.0.0.1:80\"; listen.a = \":80\" is in its way; give each an address of its own"),
                mistakes("command = ['java']", "[listen]", "a = ':80'", "b = {address = '127.0.0.1:80'}"));
        assertEquals(
                2,
                read("command = ['java']\nlisten = {a = '0.0.0.0:80', b = '[::1]:80'}")
                        .listeners()
                        .size());
        assertEquals(
                2,
                read("command = ['java']\nlisten = {a = '127.0.0.1:0', b = '127.0.0.1:0'}")
                        .listeners()
                        .size());
    }

    @Test
    void emptyFileLacksBoth() throws Exception {
        List<String> mistakes = mistakes("");
        assertEquals(2, mistakes.size());
        assertTrue(mistakes.get(0).startsWith("1:1: there is no command; nothing could be started; write command = "));
        assertTrue(mistakes.get(1).startsWith("1:1: there is no listener; nobody could connect; write [listen]"));
    }

    @Test
    void brokenTomlIsOneMistakeAtItsPlace() throws Exception {
        List<String> mistakes = mistakes("command = [\"java\"]", "[upgrade]", "bake = 5s");
        assertEquals(1, mistakes.size());
        assertTrue(mistakes.get(0).startsWith("3:9: this is not TOML; "), mistakes.get(0));
        assertTrue(mistakes.get(0).contains("durations stand in quotes"), mistakes.get(0));
        assertTrue(mistakes("name = 'a'", "name = 'b'").get(0).contains("Duplicate key; say each only once"));
    }

    @Test
    void fileThatCannotBeReadSaysWhy() throws Exception {
        assertTrue(unreadable(directory.resolve("none")).contains("none: cannot be read; there is no such file"));
        assertTrue(unreadable(directory).contains("it is a directory"));
        Path binary = Files.write(directory.resolve("binary"), "name = \"ö\"".getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(unreadable(binary).contains("it is not UTF-8"));
    }

    private static String unreadable(Path path) {
        ConfigurationFile file = new ConfigurationFile(path, Map.of());
        return assertThrows(ConfigurationException.class, () -> file.read(NOWHERE_ELSE))
                .getMessage();
    }
}
