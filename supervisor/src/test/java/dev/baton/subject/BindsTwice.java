package dev.baton.subject;

import java.net.InetAddress;
import java.net.ServerSocket;

/** Binds the same address twice, the second time in vain. */
public final class BindsTwice {
    private BindsTwice() {}

    public static void main(String[] arguments) throws Exception {
        InetAddress host = InetAddress.getByName(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        try (ServerSocket first = new ServerSocket(port, 16, host);
                ServerSocket second = new ServerSocket(port, 16, host)) {
            System.out.println(first + " and " + second);
        }
    }
}
