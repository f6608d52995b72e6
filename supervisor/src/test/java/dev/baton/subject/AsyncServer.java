package dev.baton.subject;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channels;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** {@code AsynchronousServerSocketChannel}. */
public final class AsyncServer {
    private AsyncServer() {}

    public static void main(String[] arguments) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open()
                .bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 1024);
        server.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel channel, Void attachment) {
                server.accept(null, this);
                threads.execute(() -> serve(channel));
            }

            @Override
            public void failed(Throwable why, Void attachment) {
                System.err.println("no more connections: " + why);
            }
        });
        new CountDownLatch(1).await();
    }

    private static void serve(AsynchronousSocketChannel channel) {
        try (channel) {
            Http.serve(new BufferedInputStream(Channels.newInputStream(channel)), Channels.newOutputStream(channel));
        } catch (IOException e) {
            System.err.println("connection lost: " + e);
        }
    }
}
