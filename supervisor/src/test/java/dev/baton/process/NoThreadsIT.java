package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.supervisor.Installed;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A supervisor that may have no more threads and processes, as where a worker has taken all that their unit may have; or
 * one, two, three and so on, until an upgrade succeeds: one that does not has failed, and leaves nothing.
 */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class NoThreadsIT {
    private static final int ENOUGH = 10_000;
    private static final int MOST = 20;
    private static final int FOLLOWERS = 12;
    private static final long SHORTAGE_SECONDS = 4;

    @Test
    void workerThatIsGivenItsSockets() throws Exception {
        upgradesWithEverMore(unlimited(Places.demo("v1")), "kit");
    }

    @Test
    void workerThatInheritsItsSockets() throws Exception {
        Installed.assume("python3");
        upgradesWithEverMore(
                unlimited(List.of(
                        "/usr/bin/python3",
                        Places.sources().resolve("server.py").toString())),
                "exec");
    }

    /** Is not kept short itself. */
    private static List<String> unlimited(List<String> program) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/prlimit", "--nproc=" + ENOUGH + ":"));
        command.addAll(program);
        return command;
    }

    private static void upgradesWithEverMore(List<String> command, String wrap) throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = start(shop, command, wrap);
                LoadRun load = MixedLoad.churn(baton.address("http"))) {
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            baton.awaitOneWorker();
            int more = 0;
            while (!isUpgradedWith(more, baton, command, shop)) {
                more++;
                assertTrue(more < MOST, "no upgrade succeeds");
            }
            assertTrue(more > 1, "none has failed");
            LoadReport report = load.stop();
            assertTrue(report.counts().clean(), () -> report.failures().toString());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void whoKnocksMeanwhileKeepsNobodyOutLater() throws Exception {
        Installed.assume("python3");
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = start(shop, Places.demo("v1"), "auto")) {
            limit(shop, baton, 1);
            String knock = "import socket,sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1)";
            String socket = baton.directory().resolve("handover.sock").toString();
            assertEquals(
                    0,
                    shop.run(List.of("/usr/bin/python3", "-c", knock, socket)).exitCode(),
                    "it is hung up on");
            baton.awaitLine(".*turned one away: pthread_create baton-hello .*TasksMax=.*");
            limit(shop, baton, ENOUGH);
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
        }
    }

    @Test
    void firstWhoAsksMeanwhileKeepsNobodyOutLater() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = baton(shop, Places.demo("v1"), "auto").launch()) {
            baton.awaitLine(".*phase=serving .*"); // nobody has asked so far
            await().atMost(RunningBaton.PATIENCE).until(() -> Files.exists(baton.socket()));
            limit(shop, baton, 1);
            for (int asked = 0; asked < 3; asked++) {
                assertThrows(NoSupervisorException.class, () -> baton.control().get("/v1/status"));
            }
            baton.awaitLine(".*control=turned one away: pthread_create .*TasksMax=.*");
            limit(shop, baton, ENOUGH);
            assertEquals("serving", baton.status().text("phase"));
        }
    }

    /** What could not be timed has not begun. */
    @Test
    void firstWhoWaitsForAnUpgradeMeanwhileIsToldThatNothingHasBegun() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = start(shop, Places.demo("v1"), "auto")) {
            limit(shop, baton, 1);
            ControlClient.Reply answer = baton.control().post("/v1/upgrade?wait=60s", Map.of());
            assertEquals(503, answer.status(), answer::body);
            assertTrue(answer.json().text("detail").contains("TasksMax="), answer::body);
            assertEquals(List.of(), baton.control().get("/v1/upgrades").json().objects("upgrades"));
            limit(shop, baton, ENOUGH);
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
        }
    }

    /** More of them than the control endpoint has threads: who wakes all of them is the lifecycle's thread. */
    @Test
    void followersKeepTheEndOfAnUpgradeFromNobody() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = start(shop, Places.demo("v1"), "auto")) {
            // Now the thread is there that times what waits.
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            baton.awaitOneWorker();
            List<CompletableFuture<Void>> told = new ArrayList<>();
            for (int i = 0; i < FOLLOWERS; i++) {
                told.add(follow(baton, "exited-before-ready"));
            }
            limit(shop, baton, 1);
            assertEquals("exited-before-ready", baton.upgrade("v3").text("outcome"));
            limit(shop, baton, ENOUGH);
            CompletableFuture.allOf(told.toArray(CompletableFuture[]::new))
                    .get(RunningBaton.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Waits until it follows; the answer completes when it has been told of that. */
    private static CompletableFuture<Void> follow(RunningBaton baton, String what) throws Exception {
        CompletableFuture<Void> follows = new CompletableFuture<>();
        CompletableFuture<Void> told = new CompletableFuture<>();
        Thread follower = new Thread(() -> {
            try {
                baton.control().follow(OptionalLong.empty(), line -> {
                    follows.complete(null);
                    return !line.contains(what);
                });
                told.complete(null);
            } catch (NoSupervisorException e) {
                told.completeExceptionally(e);
            }
        });
        follower.setDaemon(true);
        follower.start();
        follows.get(RunningBaton.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return told;
    }

    private static RunningBaton start(SecondUser shop, List<String> command, String wrap) throws Exception {
        return baton(shop, command, wrap).start();
    }

    private static RunningBaton.Builder baton(SecondUser shop, List<String> command, String wrap) {
        return RunningBaton.builder()
                .as(shop)
                .listen("http", "127.0.0.1:0")
                .flag("--wrap", wrap)
                .command(command);
    }

    private static boolean isUpgradedWith(int more, RunningBaton baton, List<String> command, SecondUser shop)
            throws Exception {
        long active = baton.workers().values().iterator().next();
        limit(shop, baton, tasks(shop.uid()) + more);
        CompletableFuture<JsonObject> asked = CompletableFuture.supplyAsync(() -> upgrade(baton, command));
        try {
            asked.get(SHORTAGE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            System.out.println("not answered as long as there are none");
        } finally {
            limit(shop, baton, ENOUGH);
        }
        JsonObject answer = asked.get(RunningBaton.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        System.out.println(more + " more: " + answer);
        baton.awaitOneWorker();
        boolean isUpgraded = answer.text("outcome").equals("upgraded");
        if (!isUpgraded) {
            assertEquals(List.of(active), List.copyOf(baton.workers().values()), "who serves");
        }
        Set<Long> living = new TreeSet<>(Processes.knowing(baton.directory()));
        living.remove(baton.pid());
        assertEquals(Set.copyOf(baton.workers().values()), living, "who lives");
        await("no zombie").atMost(RunningBaton.PATIENCE).until(() -> Processes.zombies(baton.pid()) == 0);
        return isUpgraded;
    }

    private static JsonObject upgrade(RunningBaton baton, List<String> command) {
        try {
            return baton.upgrade(command).json();
        } catch (NoSupervisorException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many processes and threads are this user's. */
    private static int tasks(int uid) throws IOException {
        int tasks = 0;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (Files.getAttribute(process, "unix:uid").equals(uid)) {
                        tasks += Integer.parseInt(Processes.status(
                                        Long.parseLong(process.getFileName().toString()))
                                .get("Threads"));
                    }
                } catch (IOException e) {
                    continue; // it has ended
                }
            }
        }
        return tasks;
    }

    /** RLIMIT_NPROC counts the threads of all processes of a user; root has no such limit. */
    private static void limit(SecondUser shop, RunningBaton baton, int most) throws Exception {
        Command.Ended ended =
                shop.run(List.of("prlimit", "--pid", Long.toString(baton.pid()), "--nproc=" + most + ":"));
        assertEquals(0, ended.exitCode(), ended::output);
    }
}
