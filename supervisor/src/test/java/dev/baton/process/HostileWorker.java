package dev.baton.process;

import dev.baton.handover.Message;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The main class of a candidate that proves itself, then says senseless things, and comes back each time it is cut off. */
final class HostileWorker {
    private static final int MOST_AT_A_TIME = 400;

    private HostileWorker() {}

    static List<String> command(long seed, int frames) {
        return new ArrayList<>(List.of(
                Places.java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                HostileWorker.class.getName(),
                Long.toString(seed),
                Integer.toString(frames)));
    }

    public static void main(String[] arguments) throws IOException {
        Random random = new Random(Long.parseLong(arguments[0]));
        int left = Integer.parseInt(arguments[1]);
        MalformedFrames frames = new MalformedFrames(random.nextLong());
        while (left > 0) {
            left -= converse(frames, Math.min(left, 1 + random.nextInt(MOST_AT_A_TIME)));
        }
        System.out.println("all said");
        System.exit(3);
    }

    /** Says so much, or as much as it is let. */
    private static int converse(MalformedFrames frames, int count) throws IOException {
        int said = 0;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(Path.of(System.getenv("BATON_HANDOVER"))));
            int pid = (int) ProcessHandle.current().pid();
            write(channel, MalformedFrames.frame(new Message.Hello(pid, System.getenv("BATON_TOKEN"))));
            if (channel.read(ByteBuffer.allocate(64 * 1024)) < 0) {
                return said; // too many connections of ours are being closed still
            }
            for (; said < count - 1; said++) {
                write(channel, MalformedFrames.frame(frames.senseless()));
            }
            write(channel, count % 2 == 0 ? frames.broken() : MalformedFrames.frame(frames.ofSomebodyElse()));
            said++;
            channel.shutdownOutput();
            while (channel.read(ByteBuffer.allocate(4096)) >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            // Cut off, what we said last unread.
            return said;
        }
        return said;
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
