package dev.baton.subject;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A thread per connection, over {@code ServerSocket}; a virtual one where the third argument says so. */
public final class ThreadsServer {
    private ThreadsServer() {}

    public static void main(String[] arguments) throws Exception {
        Executor threads = arguments.length > 2 ? virtual() : Executors.newCachedThreadPool();
        ServerSocket server =
                new ServerSocket(Integer.parseInt(arguments[1]), 1024, InetAddress.getByName(arguments[0]));
        while (true) {
            Socket socket = server.accept();
            threads.execute(() -> {
                try (socket) {
                    Http.serve(new BufferedInputStream(socket.getInputStream()), socket.getOutputStream());
                } catch (IOException e) {
                    System.err.println("connection lost: " + e);
                }
            });
        }
    }

    /** Java 21's, which Java 17 cannot name. */
    private static Executor virtual() throws ReflectiveOperationException {
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }
}
