package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard as its user has it: in a browser, over TCP, behind the tokens. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DashboardIT {
    private static final Pattern URL = Pattern.compile("http +(http://\\S+:\\d+)");
    private static final Path PICTURES = Path.of("target", "dashboard");

    // A browser that is killed may still write for a moment.
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path home;

    private RunningBaton baton;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Browser.isHere(), "chromium is not here: apt-get install chromium");
        Files.createDirectories(PICTURES);
        Path file = Files.writeString(home.resolve("it.toml"), Places.configuration(Places.demo("v1"), """
                [upgrade]
                bake = "3s"
                [control]
                http = "127.0.0.1:0"
                """));
        baton = RunningBaton.builder().config(file).start();
        browser = Browser.start(Files.createDirectory(home.resolve("browser")));
        open();
    }

    private void open() throws Exception {
        Matcher line = URL.matcher(baton.awaitLine(".*http +http://.*"));
        assertTrue(line.find());
        browser.go(line.group(1) + "/");
        browser.awaitTrue("!document.getElementById('gate').hidden");
    }

    @AfterEach
    void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (baton != null) {
            baton.close();
        }
    }

    private void enter(String tokenFile) throws Exception {
        submit(tokenFile);
        browser.awaitTrue("!document.getElementById('state').hidden");
    }

    private void submit(String tokenFile) throws Exception {
        String token = Files.readString(baton.socket().toRealPath().getParent().resolve(tokenFile))
                .strip();
        browser.run("document.getElementById('token').value = '" + token
                + "'; document.getElementById('token-form').requestSubmit();");
    }

    private void order(String name) throws Exception {
        browser.run("document.getElementById('" + name + "').click();");
        browser.awaitTrue("document.getElementById('confirm').open");
        browser.run("document.getElementById('yes').click();");
    }

    @Test
    void upgradeThatIsStartedFromThePageIsSeenToComplete() throws Exception {
        enter("act-token");
        assertEquals("it", browser.read("document.getElementById('app').textContent"));
        order("upgrade");
        browser.awaitTrue("!document.getElementById('running').hidden"
                + " && document.querySelector('#steps .now')?.textContent.includes('baking')");
        take("baking");
        browser.awaitTrue("document.querySelector('#history .good')?.textContent === 'upgraded'");
        browser.awaitTrue("document.getElementById('running').hidden");
        browser.awaitTrue("document.getElementById('lanes').textContent.includes('Generation 2active')");
        assertEquals(2, baton.workers().keySet().iterator().next());
    }

    @Test
    void stopFromThePageShowsListenersClosedAndAWorkerThatDrains() throws Exception {
        enter("act-token");
        try (KeptConnection client = KeptConnection.to(baton.address("http"))) {
            client.get("/slow?ms=10000", "");
            order("stop");
            browser.awaitTrue("document.getElementById('listeners').textContent === 'Closed.'");
            browser.awaitTrue("lanes(Date.now()).get(1).map(part => part[0]).join() === 'active,retiring'");
            take("stopping");
            assertEquals(200, client.answer().status());
        }
        assertEquals(0, baton.awaitEnd());
    }

    @Test
    void requestsAreShownWithTheirRateAndHowLongTheyTake() throws Exception {
        enter("read-token");
        assertEquals("true", browser.read("document.getElementById('requests').hidden"));
        try (KeptConnection client = KeptConnection.to(baton.address("http"))) {
            String seen = "Number(document.querySelector('#traffic dd')?.textContent.replace(',', '')) >= 5"
                    + " && /^[0-9.]+ (ms|s)$/.test(document.querySelectorAll('#traffic dd')[2].textContent)";
            Instant end = Instant.now().plusSeconds(30);
            while (browser.read(seen).equals("false")) {
                assertTrue(Instant.now().isBefore(end), "no figures in the page");
                for (int i = 0; i < 10; i++) {
                    client.ask("/slow?ms=20");
                }
            }
            // What half of them take, in a bucket of 10 to 25 ms or above.
            String half = browser.read("parseFloat(document.querySelectorAll('#traffic dd')[1].textContent)");
            assertTrue(Double.parseDouble(half) > 10, half);
            take("requests");
        }
    }

    @Test
    void upgradeThatFailsShowsItsReasonAndWhatTheWorkerSaid() throws Exception {
        enter("read-token");
        baton.upgrade(List.of("sh", "-c", "echo '<img src=x onerror=document.title=1>'; exit 3"));
        browser.awaitTrue("document.querySelector('#history .bad')?.textContent === 'exited-before-ready'");
        String reason = browser.read("document.querySelector('#history .reason').textContent");
        assertEquals(baton.control().get("/v1/upgrades/1").json().text("reason"), reason);
        assertTrue(browser.read("document.querySelector('#history pre').textContent")
                .contains("<img src=x"));
        assertEquals("0", browser.read("document.querySelectorAll('img').length"), "a worker's text is text");
        take("failed");
    }

    /** What the supervisor would say is said in its place, between two of its answers: the page is the real one. */
    @Test
    void upgradeThatWaitsForADrainIsShownAsTheOneThatRuns() throws Exception {
        enter("read-token");
        browser.awaitTrue("status !== null");
        String seen = browser.read("""
                (() => {
                  const at = new Date().toISOString();
                  status = {...status, phase: 'draining', workers: [
                    {...status.workers[0], generation: 2, role: 'active', startedAt: at}]};
                  upgrades = [
                    {id: 1, outcome: null, from: 1, to: 2, phase: 'draining', startedAt: at, phases: {baking: 5, draining: 9}},
                    {id: 2, outcome: null, from: 2, to: 3, phase: 'waiting', startedAt: at, phases: {waiting: 7}}];
                  render();
                  return [
                    document.getElementById('upgrade-title').textContent,
                    [...document.querySelectorAll('#steps li')].map(step => step.firstChild.textContent + step.className),
                    document.getElementById('progress').getAttribute('aria-valuenow'),
                    lanes(Date.now()).get(2).map(part => part[0])].join(' | ');
                })()""");
        assertEquals(
                "Upgrade 2: generation 2 to 3 | waitingnow,starting,accepting,parking,baking,draining | 0"
                        + " | active,active",
                seen);
    }

    @Test
    void clockOfABrowserThatIsAheadIsCorrected() throws Exception {
        browser.begin("{ const now = Date.now; Date.now = () => now() + 60000; }");
        open();
        enter("read-token");
        browser.awaitTrue("follower !== null");
        await().atMost(RunningBaton.PATIENCE).until(() -> {
            baton.upgrade(List.of("sh", "-c", "exit 3")); // which is told of, once the page follows
            return browser.read("skew < -50000").equals("true");
        });
    }

    /** Slower than the page looks. */
    @Test
    void slowAnswersAreShownAllTheSame() throws Exception {
        browser.begin(
                "{ const real = fetch;"
                        + " fetch = async (...what) => { await new Promise(then => setTimeout(then, 1500)); return real(...what); } }");
        open();
        enter("read-token");
        baton.upgrade("v2");
        browser.awaitTrue("document.getElementById('lanes').textContent.includes('Generation 2active')");
    }

    @Test
    void supervisorThatHangsIsSeenToAndToComeBack() throws Exception {
        enter("read-token");
        browser.awaitTrue(phaseIs("serving"));
        baton.signal("STOP");
        browser.awaitTrue(phaseIs("no answer"));
        baton.signal("CONT");
        browser.awaitTrue(phaseIs("serving"));
    }

    @Test
    void tokenIsKeptWhereNobodyAnswersAtFirst() throws Exception {
        baton.signal("STOP");
        submit("read-token");
        browser.awaitTrue(phaseIs("no answer"));
        baton.signal("CONT");
        browser.awaitTrue("!document.getElementById('state').hidden");
    }

    @Test
    void streamThatIsSilentIsFollowedAnew() throws Exception {
        enter("read-token");
        browser.awaitTrue("follower !== null");
        browser.run("PATIENCE.silence = 500; unfollow(); follow();");
        browser.run("second = follower;");
        browser.awaitTrue("follower !== null && follower !== second");
    }

    @Test
    void tokenThatIsAskedForAgainIsFollowedWithOnce() throws Exception {
        browser.begin("{ const real = fetch; streams = []; fetch = (path, how) => {"
                + " if (path === '/v1/events') streams.push(how.signal); return real(path, how); } }");
        open();
        enter("read-token");
        browser.awaitTrue("streams.length === 1");
        // It would be followed anew in a moment, and then the token is refused.
        browser.run("follower.abort(); setTimeout(locked, 100);");
        browser.awaitTrue("!document.getElementById('gate').hidden");
        enter("read-token");
        browser.run("setTimeout(() => { moments = true; }, 3000);");
        browser.awaitTrue("moments");
        assertEquals("1", browser.read("streams.filter(stream => !stream.aborted).length"));
    }

    @Test
    void clockThatIsSetIsFollowedAfterTheNextReconnection() throws Exception {
        enter("read-token");
        browser.awaitTrue("follower !== null");
        browser.run("skew = 60000; follower.abort();");
        await().atMost(RunningBaton.PATIENCE).until(() -> {
            baton.upgrade(List.of("sh", "-c", "exit 3"));
            return browser.read("skew < 50000").equals("true");
        });
    }

    private static String phaseIs(String text) {
        return "document.getElementById('phase').textContent === '" + text + "'";
    }

    @Test
    void eventsThatComeAtOnceAreLookedAtOnce() throws Exception {
        enter("read-token");
        String asked = browser.read("""
                (() => {
                  const real = fetch;
                  let asked = 0;
                  fetch = (...what) => { asked++; return real(...what); };
                  for (let i = 0; i < 1000; i++) heard('data: {"at": "' + new Date().toISOString() + '"}');
                  fetch = real;
                  return asked;
                })()""");
        assertTrue(Integer.parseInt(asked) <= 2, asked);
    }

    @Test
    void tokenThatReadsGivesNoOrders() throws Exception {
        enter("read-token");
        order("upgrade");
        browser.awaitTrue("document.getElementById('notice').textContent.includes('This token reads')");
        assertEquals(List.of(), baton.control().get("/v1/upgrades").json().objects("upgrades"));
    }

    /** For people, and only where {@code -Dbaton.pictures=true}: what they would see. */
    private void take(String what) throws Exception {
        if (!Boolean.getBoolean("baton.pictures")) {
            return;
        }
        for (String scheme : List.of("light", "dark")) {
            for (int width : List.of(1280, 400)) {
                browser.picture(PICTURES.resolve(what + "-" + scheme + "-" + width + ".png"), width, scheme);
            }
        }
    }
}
