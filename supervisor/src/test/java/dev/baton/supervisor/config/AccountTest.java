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
                Optional.of(new Account("deploy", 1001, 100, List.of(100, 27))),
                Account.parse("deploy", "uid=1001(deploy) gid=100(users) groups=100(users),27(sudo)\n"));
        assertEquals(
                Optional.of(new Account("x", 7, 8, List.of(8))),
                Account.parse("x", "uid=7 gid=8 groups=8 context=u:r\n"));
        assertEquals(Optional.empty(), Account.parse("x", "id: 'x': no such user\n"));
    }

    @Test
    void findsUsersOfThisMachine() {
        assertEquals(0, Account.ofThisMachine("root").orElseThrow().uid());
        assertTrue(Account.ofThisMachine("no such user").isEmpty());
        assertTrue(Account.ofThisMachine("-u").isEmpty());
    }
}
