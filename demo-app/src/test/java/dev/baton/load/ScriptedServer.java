package dev.baton.load;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server that does exactly what a test tells it to, good or bad, on each of its connections. */
final class ScriptedServer implements Closeable {
    static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nv1 gen=3 pid=77\n";

    /** What to do on a connection; the connection is closed, with FIN, when this returns. */
    interface Script {
        void play(Peer peer) throws IOException, InterruptedException;
    }

    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final CountDownLatch goodAnswers;
    private final Script[] scripts;

    /**
     * @param goodAnswers how many good answers end the test
     * @param scripts one for each connection in turn; the last one for all that follow
     */
    private ScriptedServer(int goodAnswers, Script... scripts) throws IOException {
        this.goodAnswers = new CountDownLatch(goodAnswers);
        this.scripts = scripts;
        listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    }

    static ScriptedServer start(int goodAnswers, Script... scripts) throws IOException {
        ScriptedServer server = new ScriptedServer(goodAnswers, scripts);
        daemon(server::accept);
        return server;
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "scripted-server");
        thread.setDaemon(true);
        thread.start();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** Runs the load until the server has given its good answers. */
    LoadReport load(LoadPlan plan) throws InterruptedException {
        try (LoadRun run = Load.start(plan)) {
            if (!goodAnswers.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("too few good answers; " + run.stop());
            }
            return run.stop();
        }
    }

    private void accept() {
        for (int i = 0; !listener.isClosed(); i++) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                Script script = scripts[Math.min(i, scripts.length - 1)];
                daemon(() -> play(script, socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void play(Script script, Socket socket) {
        try (socket) {
            script.play(new Peer(socket));
        } catch (IOException | InterruptedException e) {
            // The client went away, as clients do.
        } finally {
            sockets.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The server's end of one connection. */
    final class Peer {
        private final Socket socket;
        private final InputStream in;
        private final CountDownLatch never = new CountDownLatch(1);
        private byte[] body = {};
        private String number = "X-Request: none";

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** Reads a line. @return null at the end of the stream */
        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    return null;
                }
                if (b != '\r') {
                    line.append((char) b);
                }
            }
            return line.toString();
        }

        /** Reads a request and its body. @return whether there was one */
        boolean request() throws IOException {
            int length = 0;
            String line = line();
            if (line == null) {
                return false;
            }
            while (line != null && !line.isEmpty()) {
                if (line.startsWith("Content-Length: ")) {
                    length = Integer.parseInt(line.substring(16));
                }
                if (line.startsWith("X-Request: ")) {
                    number = line;
                }
                line = line();
            }
            body = in.readNBytes(length);
            return true;
        }

        String body() {
            return new String(body, StandardCharsets.ISO_8859_1);
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Sends what completes a good answer. */
        void good(String text) throws IOException {
            send(text);
            goodAnswers.countDown();
        }

        /** A good answer that says which request it is for. */
        String numberedAnswer() {
            return ANSWER.replaceFirst("\r\n", "\r\nServer: v1 gen=3 pid=77\r\n" + number + "\r\n");
        }

        /** Answers every request as it should be. */
        void behave() throws IOException {
            while (request()) {
                good(ANSWER);
            }
        }

        /** Echoes every body. */
        void echo() throws IOException {
            while (request()) {
                good("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n" + body());
            }
        }

        /** Echoes every line. */
        void echoLines() throws IOException {
            for (String line = line(); line != null; line = line()) {
                good("v1 gen=3: " + line + "\n");
            }
        }

        /** Closes with RST. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        void pause(long millis) throws InterruptedException {
            never.await(millis, TimeUnit.MILLISECONDS);
        }
    }
}
