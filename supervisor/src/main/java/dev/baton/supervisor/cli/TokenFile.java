package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.ControlHttp;
import dev.baton.supervisor.control.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a token of the control endpoint over TCP is kept.
 *
 * @param isMade whether it lies in our own directory, and is made there if it is not there yet
 */
record TokenFile(Path path, boolean isMade) {
    /** The token that reads; our own files are in this directory. */
    static TokenFile reading(ControlHttp http, Path home) {
        return of(http.readToken(), home.resolve("read-token"));
    }

    /** The token that acts. */
    static TokenFile acting(ControlHttp http, Path home) {
        return of(http.actToken(), home.resolve("act-token"));
    }

    private static TokenFile of(Optional<Path> given, Path own) {
        return new TokenFile(given.orElse(own), given.isEmpty());
    }

    Token open() throws IOException {
        return isMade ? Token.kept(path) : Token.read(path);
    }

    /** The same without making one. */
    private Optional<Token> look() throws IOException {
        boolean isStillToBeMade = isMade && !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        return isStillToBeMade ? Optional.empty() : Optional.of(Token.read(path));
    }

    /**
     * Whether an endpoint could be opened with these two, touching nothing.
     *
     * @throws IOException if not, with what to do
     */
    static void check(TokenFile reading, TokenFile acting) throws IOException {
        Optional<Token> reads = reading.look();
        Optional<Token> acts = acting.look();
        if (reads.isPresent() && acts.isPresent()) {
            requireTwo(reading, reads.get(), acting, acts.get());
        }
    }

    /** Whoever may only read must not be able to act. */
    static void requireTwo(TokenFile reading, Token reads, TokenFile acting, Token acts) throws IOException {
        if (reads.isSame(acts)) {
            throw new IOException("the token that reads and the one that acts are the same: " + reading.path + " and "
                    + acting.path + "; give each its own");
        }
    }
}
