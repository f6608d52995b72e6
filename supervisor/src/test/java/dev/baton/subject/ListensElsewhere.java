package dev.baton.subject;

import java.net.ServerSocket;

/** {@link JdkHttpServer}, with a second port, chosen by the kernel and open to all, until somebody has come there. */
public final class ListensElsewhere {
    private ListensElsewhere() {}

    public static void main(String[] arguments) throws Exception {
        ServerSocket elsewhere = new ServerSocket(0);
        System.out.println("elsewhere: " + elsewhere.getLocalPort());
        JdkHttpServer.main(arguments);
        elsewhere.accept().close();
        elsewhere.close();
    }
}
