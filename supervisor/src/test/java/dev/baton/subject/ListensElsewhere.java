package dev.baton.subject;

import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** {@link JdkHttpServer}, with a second port that is open until somebody has come there; and one that the kernel chooses. */
public final class ListensElsewhere {
    private ListensElsewhere() {}

    public static void main(String[] arguments) throws Exception {
        ServerSocket anywhere = new ServerSocket(0);
        ServerSocket elsewhere = new ServerSocket();
        elsewhere.bind(new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3])));
        System.out.println("anywhere: " + anywhere.getLocalPort());
        System.out.println("elsewhere: " + elsewhere.getLocalPort());
        JdkHttpServer.main(arguments);
        elsewhere.accept().close();
        elsewhere.close();
    }
}
