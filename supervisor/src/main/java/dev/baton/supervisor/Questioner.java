package dev.baton.supervisor;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.ListenAddress;
import dev.baton.supervisor.http.HttpQuestion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks workers what their checks want to know. What answers is not to be trusted: it has little time, little is read of
 * it, and what is told of it is short and harmless.
 *
 * <p>Threading: each question has a thread of its own; there is at most one to a worker, for the next is not asked
 * before the last was answered.
 */
final class Questioner {
    private static final Logger LOG = LoggerFactory.getLogger(Questioner.class);
    private static final int LONGEST_ANSWER = 16 * 1024;
    private static final int SHOWN = 200;

    /**
     * A private address is the worker's own word. It must not make a supervisor, which may be root, talk to other
     * machines, nor ask who they are.
     */
    private static final Pattern PRIVATE = Pattern.compile("(?:127(?:\\.\\d{1,3}){3}|\\[::1]):\\d{1,5}|unix:/.+");

    private Questioner() {}

    /**
     * Asks, and returns at once.
     *
     * @param address as a listener's is written
     * @param answered told of the failure, or of none
     */
    static void ask(Check check, String address, Inquiry.Where where, Consumer<Optional<String>> answered) {
        try {
            DaemonThread.start("baton-check", () -> {
                Optional<String> failure = failure(check, address, where);
                LOG.debug("check=\"{}\" address={} {}", check, address, failure.orElse("passed"));
                answered.accept(failure);
            });
        } catch (IOException e) {
            answered.accept(Optional.of("baton could not ask: " + e.getMessage()));
        }
    }

    private static Optional<String> failure(Check check, String address, Inquiry.Where where) {
        try {
            HttpQuestion.Answer answer = new HttpQuestion(socket(address, where), where.patience(), LONGEST_ANSWER)
                    .ask("GET", check.path(), "");
            return answer.status() == check.status() ? Optional.empty() : Optional.of(shown(answer));
        } catch (IOException | RuntimeException | Error e) { // without an answer a bake would last for ever
            return Optional.of(harmless(String.valueOf(e.getMessage())));
        }
    }

    static SocketAddress socket(String text, Inquiry.Where where) throws IOException {
        if (where == Inquiry.Where.PRIVATE && !PRIVATE.matcher(text).matches()) {
            throw new IOException("the worker gave \"" + text + "\" as its private address, which is none");
        }
        ListenAddress address = ListenAddress.parse(text);
        if (address instanceof ListenAddress.Unix unix) {
            return UnixDomainSocketAddress.of(unix.path());
        }
        if (!(address instanceof ListenAddress.Inet inet)) {
            throw new IOException("nothing can be asked at " + text);
        }
        InetAddress host = inet.address().getAddress();
        // Who listens everywhere listens here; the JDK would ask for this machine's name instead.
        return host.isAnyLocalAddress()
                ? new InetSocketAddress(
                        InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
                        inet.address().getPort())
                : inet.address();
    }

    private static String shown(HttpQuestion.Answer answer) {
        String body = harmless(answer.body());
        return answer.status() + (body.isEmpty() ? "" : " \"" + body + "\"");
    }

    /** On one line, without what a terminal would obey. */
    static String harmless(String text) {
        String line = text.substring(0, Math.min(text.length(), 2 * SHOWN))
                .replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Co}\\p{Cn}\\s\"]+", " ")
                .strip();
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    }
}
