package dev.baton.subject;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/** Names its log manager when it has been running for a while, as WildFly does, and says to each client which there is. */
public final class OwnLogManager {
    private OwnLogManager() {}

    /** The JDK asks the system's class loader for it. */
    public static final class Manager extends LogManager {
        /** For the JDK. */
        public Manager() {}
    }

    public static void main(String[] arguments) throws Exception {
        try (ServerSocket server =
                new ServerSocket(Integer.parseInt(arguments[1]), 16, InetAddress.getByName(arguments[0]))) {
            while (true) {
                try (Socket client = server.accept()) {
                    System.setProperty("java.util.logging.manager", Manager.class.getName());
                    String manager = LogManager.getLogManager().getClass().getSimpleName();
                    client.getOutputStream().write((manager + "\n").getBytes(StandardCharsets.US_ASCII));
                }
            }
        }
    }
}
