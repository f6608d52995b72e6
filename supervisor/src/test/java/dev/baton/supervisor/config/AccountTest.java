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
                        "1001\n",
                        "100\n",
                        "100 27\n",
                        "deploy:x:1001:100:Deployer,,,:/home/deploy:/bin/bash\n"));
        assertEquals(
                Optional.of(new Account("x", 7, 8, List.of(8), "/", "/bin/sh")),
                Account.parse("x", "7\n", "8\n", "8\n", ""));
        assertEquals(
                Optional.of(new Account("x", 7, 8, List.of(8), "/", "/bin/sh")),
                Account.parse("7", "7\n", "8\n", "8\n", "x:x:7:8:::\n"),
                "a number is the user's");
        String unknown = "id: 'x': no such user\n";
        assertEquals(Optional.empty(), Account.parse("x", unknown, unknown, unknown, ""));
    }

    /** The names of groups, which a directory service may give blanks and parentheses, are not looked at. */
    @Test
    void knowsAllGroupsOfAUser() {
        assertEquals(
                List.of(0), Account.ofThisMachine("root").orElseThrow().groups().subList(0, 1));
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
