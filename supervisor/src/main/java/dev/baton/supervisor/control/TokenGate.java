package dev.baton.supervisor.control;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Who may do what over TCP: two bearer tokens, RFC 6750, one that reads and one that acts. It decides by the head of a
 * request; nothing of its body has been read.
 *
 * <p>A page in an operator's browser has no token, and no answer here says that another origin may read it. Should its
 * name be made to lead here (DNS rebinding), its Host betrays it: one that is a number or {@code localhost} cannot be
 * made to lead elsewhere, and every other has to be named in the configuration.
 *
 * <p>The dashboard's own files are let through without one, for a browser that goes to an address sends none: they are
 * the same everywhere, and ask for the token themselves.
 *
 * <p>{@code /healthz} is for load balancers, who send no token and often no Host: it tells one bit.
 */
final class TokenGate {
    private static final String BEARER = "bearer ";
    private static final Set<String> READING = Set.of("GET", "HEAD");

    private final Token reads;
    private final Token acts;
    private final Set<String> hosts;
    private final RefusalLog refusals = new RefusalLog();

    /** @param hosts the names, besides numbers and {@code localhost}, by which it may be called */
    TokenGate(Token reads, Token acts, Set<String> hosts) {
        this.reads = reads;
        this.acts = acts;
        this.hosts = hosts.stream().map(TokenGate::plain).collect(Collectors.toUnmodifiableSet());
    }

    /** Why a request is not let through; empty where it is. */
    Optional<Answer> refusal(Request request) {
        boolean reading = READING.contains(request.getMethod());
        if (reading && Request.getPathInContext(request).equals("/healthz")) {
            return Optional.empty();
        }
        if (!isForUs(request)) {
            return Optional.of(Answer.of(Problem.of(
                    421,
                    "Not for this host",
                    "The request is for a host that this control endpoint does not go by; use its address or localhost,"
                            + " or name the host in control.http-hosts.")));
        }
        if (reading && Dashboard.PATHS.contains(Request.getPathInContext(request))) {
            return Optional.empty();
        }
        Optional<String> token = token(request);
        // Both are compared, whatever the first says.
        boolean mayRead = token.filter(reads::is).isPresent();
        boolean mayAct = token.filter(acts::is).isPresent();
        if (mayAct || (mayRead && reading)) {
            return Optional.empty();
        }
        return Optional.of(mayRead ? readsOnly() : unknown(request, token.isPresent()));
    }

    private static Answer readsOnly() {
        return Answer.of(Problem.of(403, "This token reads", "It takes the token that acts to change anything."))
                .with("WWW-Authenticate", "Bearer realm=\"baton\", error=\"insufficient_scope\"");
    }

    private Answer unknown(Request request, boolean given) {
        if (given) {
            refusals.refused(String.valueOf(Request.getRemoteAddr(request)), "a token that is none");
        }
        return Answer.of(Problem.of(
                        401,
                        given ? "Not a token" : "A token is needed",
                        "Send Authorization: Bearer TOKEN; baton run says where the two tokens are."))
                .with("WWW-Authenticate", "Bearer realm=\"baton\"" + (given ? ", error=\"invalid_token\"" : ""));
    }

    private static Optional<String> token(Request request) {
        List<String> given = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
        return given.size() == 1 && given.get(0).toLowerCase(Locale.ROOT).startsWith(BEARER)
                ? Optional.of(given.get(0).substring(BEARER.length()).strip())
                : Optional.empty();
    }

    // ---- the host ----

    /** By the header, and by the target, should that be a whole URI: RFC 9112 3.2.2. */
    private boolean isForUs(Request request) {
        String header = request.getHeaders().get(HttpHeader.HOST);
        String target = request.getHttpURI().getHost();
        return header != null && isOurs(withoutPort(header)) && (target == null || isOurs(target));
    }

    private static String withoutPort(String host) {
        return host.replaceFirst(":\\d*$", "");
    }

    private boolean isOurs(String host) {
        String plain = plain(host);
        return plain.matches("\\d{1,3}(\\.\\d{1,3}){3}")
                || plain.matches("\\[[0-9a-f:.]+]")
                || plain.equals("localhost")
                || hosts.contains(plain);
    }

    private static String plain(String host) {
        String plain = host.strip().toLowerCase(Locale.ROOT);
        return plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
    }
}
