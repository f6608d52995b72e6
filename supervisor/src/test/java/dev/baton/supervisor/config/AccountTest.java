package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccountTest {
    @Test
    void readsWhatIdSays() {
        assertEquals(
                Optional.of(new Account("deploy", 1001, 100, List.of(100, 27), "/home/deploy", "/bin/bash")),
                Account.parse(
                        "deploy",
                        "uid=1001(deploy) gid=100(users) groups=100(users),27(sudo)\n",
                        "deploy:x:1001:100:Deployer,,,:/home/deploy:/bin/bash\n"));
        assertEquals(
                Optional.of(new Account("x", 7, 8, List.of(8), "/", "/bin/sh")),
                Account.parse("x", "uid=7 gid=8 groups=8 context=u:r\n", ""));
        assertEquals(
                Optional.of(new Account("x", 7, 8, List.of(8), "/", "/bin/sh")),
                Account.parse("7", "uid=7(x) gid=8 groups=8\n", "x:x:7:8:::\n"),
                "a number is the user's");
        assertEquals(Optional.empty(), Account.parse("x", "id: 'x': no such user\n", ""));
    }

    @Test
    void findsUsersOfThisMachine() {
        assertEquals(0, Account.ofThisMachine("root").orElseThrow().uid());
        assertTrue(Account.ofThisMachine("no such user").isEmpty());
        assertEquals("/root", Account.ofThisMachine("root").orElseThrow().home());
        assertTrue(Account.ofThisMachine("-u").isEmpty());
        assertEquals(Optional.of(0), Account.groupOfThisMachine("root"));
        assertTrue(Account.groupOfThisMachine("no such group").isEmpty());
        assertTrue(Account.groupOfThisMachine("-s").isEmpty());
    }

    @Test
    void workersAreOfTheUserAndItsGroupOrAnother() {
        Account deploy = new Account("deploy", 1001, 100, List.of(100, 27), "/home/deploy", "/bin/bash");
        assertEquals(Optional.empty(), Account.worker(Optional.empty(), Optional.empty()));
        assertEquals(
                100,
                Account.worker(Optional.of(deploy), Optional.empty())
                        .orElseThrow()
                        .group());
        assertEquals(
                27,
                Account.worker(Optional.of(deploy), Optional.of(27))
                        .orElseThrow()
                        .group());
        assertEquals(
                System.getProperty("user.name"),
                Account.worker(Optional.empty(), Optional.of(27)).orElseThrow().name());
    }
}
