package dev.baton.process;

import dev.baton.handover.Fd;
import dev.baton.kit.ListenerStoppedException;
import dev.baton.kit.Pluggable;
import dev.baton.kit.Plugging;
import dev.baton.kit.StoppableListener;
import dev.baton.kit.TrackedConnection;
import dev.baton.kit.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The main class of a worker on listeners {@code http} and {@code line} that has the fault which it is told to have. */
final class FaultyWorker {
    private static final int MEGABYTES = 20;

    private final String fault;
    private volatile boolean accepting;

    private FaultyWorker(String fault) {
        this.fault = fault;
    }

    /** What starts one with this fault. */
    static List<String> command(String fault) {
        List<String> command = new ArrayList<>(Places.java(FaultyWorker.class));
        command.add(fault);
        return command;
    }

    public static void main(String[] arguments) throws Exception {
        new FaultyWorker(arguments[0]).run();
    }

    private void run() throws Exception {
        System.out.println("fault: " + fault);
        switch (fault) {
            case "allocates" -> allocate();
            case "prints-megabytes" -> print();
            case "is-never-ready" -> attach();
            case "binds-one-listener" -> {
                Worker worker = Worker.attach();
                worker.listener("http");
                worker.ready();
            }
            case "binds-another-port" -> {
                Worker worker = Worker.attach();
                ServerSocket elsewhere = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                worker.ready();
                elsewhere.accept();
            }
            case "binds-another-name" -> {
                Worker worker = Worker.attach();
                worker.add(new Misnamed());
                worker.ready();
            }
            case "dies-when-it-serves" -> {
                Worker worker = attach();
                worker.onResume(() -> System.exit(9));
                worker.ready();
            }
            case "ignores-its-end" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(FaultyWorker::forever));
                attach().ready();
            }
            case "takes-its-time-to-end" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(FaultyWorker::putInOrder));
                attach().ready();
            }
            default -> attach().ready();
        }
        forever();
    }

    private static void forever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void putInOrder() {
        try {
            new CountDownLatch(1).await(3, TimeUnit.SECONDS);
            System.out.println("all is in order");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void allocate() {
        List<long[]> all = new ArrayList<>();
        while (all.size() < Integer.MAX_VALUE) {
            all.add(new long[1 << 16]);
        }
    }

    private static void print() {
        byte[] line = new byte[1000];
        Arrays.fill(line, (byte) 'x');
        line[line.length - 1] = '\n';
        for (int i = 0; i < MEGABYTES * 1000; i++) {
            System.out.write(line, 0, line.length);
        }
        System.out.println("printed enough");
        System.out.flush();
        System.exit(1);
    }

    /** A slot of a name that the supervisor has no listener of. */
    private record Misnamed() implements Pluggable {
        @Override
        public String name() {
            return "htpp";
        }

        @Override
        public String privateAddress() {
            return "127.0.0.1:1";
        }

        @Override
        public void rehearse(Plugging plugging) {}

        @Override
        public void plug(Fd publicListener, Plugging plugging) {}

        @Override
        public void unplug(Plugging plugging) {}

        @Override
        public void stop() {}
    }

    // ---- a little server, for checks ----

    private Worker attach() throws IOException {
        Worker worker = Worker.attach();
        worker.listener("line");
        StoppableListener http = worker.listener("http");
        worker.onResume(() -> accepting = true);
        worker.onDrained(() -> System.exit(0));
        Thread acceptor = new Thread(() -> accept(http, worker.generation()), "accept");
        acceptor.start();
        return worker;
    }

    private void accept(StoppableListener http, int generation) {
        try {
            while (http.isOpen()) {
                TrackedConnection connection = http.accept();
                new Thread(() -> answer(connection, generation)).start();
            }
        } catch (ListenerStoppedException e) {
            System.out.println("stopped");
        } catch (IOException e) {
            System.out.println("cannot accept: " + e);
        }
    }

    private void answer(TrackedConnection connection, int generation) {
        try (connection) {
            String path = head(connection.input()).split(" ", 3)[1];
            boolean check = path.equals("/health");
            if (path.equals("/forever") || check && fault.equals("hangs-in-its-check")) {
                forever();
            }
            boolean sick = check && (fault.equals("fails-its-check") || fault.equals("is-sick-in-public") && accepting);
            String body = sick ? "no database\u001b[31m" : "faulty gen=" + generation + "\n";
            connection
                    .output()
                    .write(("HTTP/1.1 " + (sick ? 503 : 200) + " x\r\nConnection: close\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            System.out.println("a client went away: " + e);
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        int c = 0;
        while (head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0) {
            head.append((char) c);
        }
        if (head.length() == 0) {
            throw new IOException("nothing was asked");
        }
        return head.toString();
    }
}
