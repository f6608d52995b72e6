package dev.baton.demo;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** Sends every message back. Public, for Jetty calls it by reflection. */
public final class EchoSocket implements Session.Listener {
    private Session session;

    @Override
    public void onWebSocketOpen(Session opened) {
        session = opened;
        session.demand();
    }

    @Override
    public void onWebSocketText(String message) {
        session.sendText(message, Callback.from(session::demand, this::onWebSocketError));
    }

    @Override
    public void onWebSocketBinary(ByteBuffer message, Callback callback) {
        session.sendBinary(message, Callback.from(callback, session::demand));
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        session.disconnect();
    }
}
