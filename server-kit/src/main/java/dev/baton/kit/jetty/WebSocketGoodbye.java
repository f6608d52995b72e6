package dev.baton.kit.jetty;

import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.eclipse.jetty.websocket.common.SessionTracker;

/** The end of a WebSocket: a close frame with 1012, service restart (RFC 6455 section 7.4, IANA registry). */
final class WebSocketGoodbye {
    private WebSocketGoodbye() {}

    /** One for each session that is open; Jetty waits for the peer's close frame and then closes. */
    static Map<Object, Runnable> all(Server server) {
        Map<Object, Runnable> goodbyes = new HashMap<>();
        for (SessionTracker tracker : server.getContainedBeans(SessionTracker.class)) {
            for (Session session : tracker.getSessions()) {
                goodbyes.put(
                        session, () -> session.close(StatusCode.SERVICE_RESTART, "service restart", Callback.NOOP));
            }
        }
        return goodbyes;
    }
}
