package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    @TempDir
    Path base;

    private Shell.Result check(String text) throws IOException {
        Path file = Files.writeString(base.resolve("shop.toml"), text);
        return Shell.plain(base).run("check", "--config", file.toString());
    }

    @Test
    void rightFileSaysWhatWouldRun() throws Exception {
        Shell.Result result = check("""
                command = ["/bin/sh", "-c", "exec java"]
                environment = { TOKEN = "secret", A = "1" }
                [listen]
                http = ":8080"
                line = { address = "127.0.0.1:7000", backlog = 16 }
                [upgrade]
                bake = "0s"
                """);
        assertEquals(0, result.exit(), result.err());
        assertEquals("""
                right: BASE/shop.toml
                  app          shop
                  command      /bin/sh -c exec java
                  wrap         auto
                  environment  A, TOKEN
                  listens      http on :8080, backlog 4096
                  listens      line on 127.0.0.1:7000, backlog 16
                  ready        within 1 min
                  upgrade      bakes 0 ms, drains up to 30 s, is killed 5 s after TERM
                  restart      after 100 ms, doubled up to 30 s
                  control      BASE/shop/control.sock
                """, result.out().replace(base.toString(), "BASE"));
        try (Stream<Path> files = Files.list(base)) {
            assertEquals(1, files.count(), "something was touched");
        }
    }

    @Test
    void wrongFileSaysEveryMistakeOnALineOfItsOwn() throws Exception {
        Shell.Result result = check("comand = [\"java\"]\n[listen]\nhttp = \"8080\"\n");
        assertEquals(2, result.exit());
        assertEquals("", result.out());
        String[] lines = result.err().replace(base + "/", "").split("\n");
        assertEquals(4, lines.length, result.err());
        assertEquals("baton check: there are 3 mistakes in shop.toml", lines[0]);
        assertEquals(
                "shop.toml:1:1: unknown key \"comand\"; it would have no effect; did you mean \"command\"?", lines[1]);
        assertTrue(lines[2].startsWith("shop.toml:1:1: there is no command;"), lines[2]);
        assertTrue(lines[3].startsWith("shop.toml:3:8: listen.http = \"8080\"; it has no port;"), lines[3]);
    }

    @Test
    void mistakesAreAnArrayOfJson() throws Exception {
        String listens = "listen = { a = \":80\" }\n";
        assertEquals("[]\n", json("command = [\"sh\"]\n" + listens, 0));
        assertEquals("""
                [{"file":"BASE/shop.toml","line":1,"column":1,"what":"there is no command",\
                "why":"nothing could be started",\
                "remedy":"write command = [\\"java\\", \\"-jar\\", \\"shop.jar\\"], word by word; there is no shell"}]
                """, json(listens, 2));
    }

    private String json(String text, int exit) throws IOException {
        Path file = Files.writeString(base.resolve("shop.toml"), text);
        Shell.Result result = Shell.plain(base).run("check", "--json", "--config", file.toString());
        assertEquals(exit, result.exit(), result.err());
        assertEquals("", result.err());
        return result.out().replace(base.toString(), "BASE");
    }

    @Test
    void commandAndDirectoryMustBeThere() throws Exception {
        Shell.Result command = check("command = [\"no-such-program\"]\nlisten = { a = \":80\" }\n");
        assertEquals(2, command.exit());
        assertTrue(command.err().contains("there is no command \"no-such-program\" on the PATH"), command.err());
        Shell.Result directory = check("command = [\"sh\"]\nlisten = { a = \":80\" }\ndirectory = \"/nonexistent\"\n");
        assertEquals(2, directory.exit());
        assertTrue(directory.err().contains("the directory /nonexistent does not exist"), directory.err());
    }

    @Test
    void whatRunRefusesIsNotCalledRight() throws Exception {
        String right = "command = [\"sh\"]\nlisten = { a = \":80\" }\n";
        Path file = Files.writeString(base.resolve("shop.toml"), right);
        Shell.Result deep = Shell.plain(base.resolve("d".repeat(100))).run("check", "--config", file.toString());
        assertEquals(2, deep.exit(), deep.out());
        assertTrue(deep.err().contains("the path of a unix socket has at most 107 bytes"), deep.err());
    }

    @Test
    void workersOfAnotherUserMayHaveArchivesOfTheirClasses() throws Exception {
        Shell.Result result =
                check("group = \"root\"\nstart.cache = true\ncommand = [\"sh\"]\nlisten = { a = \":80\" }\n");
        assertEquals(0, result.exit(), result.err());
    }

    /** Whoever looks at the file need not be whoever starts the supervisor. */
    @Test
    void userThatOnlyRootMayBecomeIsAWarning() throws Exception {
        assumeFalse(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "root may become anybody");
        Shell.Result result = check("user = \"root\"\ncommand = [\"sh\"]\nlisten = { a = \":80\" }\n");
        assertEquals(0, result.exit(), result.err());
        assertTrue(result.err().contains("warning: workers cannot run as user root"), result.err());
        assertTrue(result.out().contains("  user         root, group 0"), result.out());
    }

    @Test
    void fileMustBeNamed() {
        Shell.Result result = Shell.plain(base).run("check");
        assertEquals(2, result.exit());
        assertTrue(result.err().contains("--config"), result.err());
    }
}
