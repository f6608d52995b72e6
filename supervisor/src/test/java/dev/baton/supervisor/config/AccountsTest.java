package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccountsTest {
    @Test
    void readsWhatIdSays() {
        assertEquals(
                Optional.of(new Settings.User("deploy", 1001, 100, List.of(100, 27), "/home/deploy", "/bin/bash")),
                MachineAccounts.parse(
                        "deploy",
                        "1001\n",
                        "100\n",
                        "100 27\n",
                        "deploy:x:1001:100:Deployer,,,:/home/deploy:/bin/bash\n"));
        assertEquals(
                Optional.of(new Settings.User("x", 7, 8, List.of(8), "/", "/bin/sh")),
                MachineAccounts.parse("x", "7\n", "8\n", "8\n", ""));
        assertEquals(
                Optional.of(new Settings.User("x", 7, 8, List.of(8), "/", "/bin/sh")),
                MachineAccounts.parse("7", "7\n", "8\n", "8\n", "x:x:7:8:::\n"),
                "a number is the user's");
        assertEquals(
                Optional.of(new Settings.User("x", -2, -1, List.of(-1, 8), "/", "/bin/sh")),
                MachineAccounts.parse("x", "4294967294\n", "4294967295\n", "4294967295 8\n", ""),
                "as the kernel has it: 32 bits");
        String unknown = "id: 'x': no such user\n";
        assertEquals(Optional.empty(), MachineAccounts.parse("x", unknown, unknown, unknown, ""));
    }

    /** The names of groups, which a directory service may give blanks and parentheses, are not looked at. */
    @Test
    void knowsAllGroupsOfAUser() {
        assertEquals(
                List.of(0),
                Accounts.OF_THIS_MACHINE.user("root").orElseThrow().groups().subList(0, 1));
    }

    @Test
    void findsUsersOfThisMachine() {
        assertEquals(0, Accounts.OF_THIS_MACHINE.user("root").orElseThrow().uid());
        assertTrue(Accounts.OF_THIS_MACHINE.user("no such user").isEmpty());
        assertEquals(
                "/root", Accounts.OF_THIS_MACHINE.user("root").orElseThrow().home());
        assertTrue(Accounts.OF_THIS_MACHINE.user("-u").isEmpty());
        assertEquals(Optional.of(0), Accounts.OF_THIS_MACHINE.group("root"));
        assertTrue(Accounts.OF_THIS_MACHINE.group("no such group").isEmpty());
        assertTrue(Accounts.OF_THIS_MACHINE.group("-s").isEmpty());
    }

    @Test
    void whatTheyAreAskedByIsReadWholeAndWithoutItsComplaints() {
        assertEquals(200_000, said("head -c 200000 /dev/zero; echo broken >&2").length());
        assertEquals("", MachineAccounts.said(Duration.ofSeconds(20), "/no/such/program"));
    }

    @Test
    void whoDoesNotAnswerIsNotTakenForNo() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> MachineAccounts.said(Duration.ofMillis(50), "sleep", "600"))
                .getMessage();
        assertEquals("\"sleep 600\" did not answer", message);
    }

    private static String said(String script) {
        return MachineAccounts.said(Duration.ofSeconds(20), "sh", "-c", script);
    }

    @Test
    void workersAreOfTheUserAndItsGroupOrAnother() {
        Settings.User deploy = new Settings.User("deploy", 1001, 100, List.of(100, 27), "/home/deploy", "/bin/bash");
        assertEquals(Optional.empty(), Accounts.worker(Optional.empty(), Optional.empty()));
        assertEquals(
                100,
                Accounts.worker(Optional.of(deploy), Optional.empty())
                        .orElseThrow()
                        .group());
        assertEquals(
                27,
                Accounts.worker(Optional.of(deploy), Optional.of(27))
                        .orElseThrow()
                        .group());
        assertEquals(
                System.getProperty("user.name"),
                Accounts.worker(Optional.empty(), Optional.of(27)).orElseThrow().name());
    }
}
