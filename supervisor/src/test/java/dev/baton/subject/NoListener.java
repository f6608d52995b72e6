package dev.baton.subject;

import java.util.concurrent.CountDownLatch;

/** Serves nobody. */
public final class NoListener {
    private NoListener() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("at your service");
        new CountDownLatch(1).await();
    }
}
