package dev.baton.supervisor.systemd;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where systemd listens to a service: one datagram is one message, sd_notify(3). Nobody answers, and a message that
 * cannot be sent is no reason to stop serving; the first one is told.
 */
final class NotifySocket {
    private static final Logger LOG = LoggerFactory.getLogger(NotifySocket.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final String address;
    private final AtomicBoolean told = new AtomicBoolean();

    /** @param address $NOTIFY_SOCKET: a path, or an abstract name behind an {@code @} */
    NotifySocket(String address) {
        this.address = address;
    }

    void send(String message, List<Fd> fds) {
        try {
            if (!Libc.sendDatagram(address, message.getBytes(StandardCharsets.UTF_8), fds, PATIENCE)) {
                warn("its queue has been full for " + PATIENCE.toSeconds() + " s");
            }
        } catch (IOException | RuntimeException e) {
            warn(e.getMessage());
        }
    }

    private void warn(String why) {
        if (told.compareAndSet(false, true)) {
            LOG.warn(
                    "systemd cannot be told how things stand, over {}: {}: see NotifyAccess= of the unit",
                    address,
                    why);
        }
    }
}
