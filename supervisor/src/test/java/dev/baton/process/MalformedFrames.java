package dev.baton.process;

import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What may come over a handover socket from somebody who does not keep the rules. */
final class MalformedFrames {
    private final Random random;

    MalformedFrames(long seed) {
        random = new Random(seed);
    }

    /** A frame as it should be. */
    static byte[] frame(Message message) {
        return frame(message.encode().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] frame(byte[] text) {
        return withLength(text.length, text);
    }

    private static byte[] withLength(int length, byte[] text) {
        return ByteBuffer.allocate(Integer.BYTES + text.length)
                .putInt(length)
                .put(text)
                .array();
    }

    /** One that no receiver can take for a message of somebody that it expects. */
    byte[] broken() {
        return switch (random.nextInt(9)) {
            case 0 -> bytes(random.nextInt(200));
            case 1 -> withLength(random.nextInt(), bytes(random.nextInt(64)));
            case 2 -> withLength(HandoverChannel.LONGEST_FRAME + 1 + random.nextInt(1000), bytes(64));
            case 3 -> frame(bytes(random.nextInt(500)));
            case 4 -> cut(frame(hello()));
            case 5 -> frame(mutated(hello().encode()));
            case 6 -> frame(mutated(senseless().encode()));
            case 7 -> frame(lines());
            default -> frame(hello());
        };
    }

    /** A message that can be read, and makes no sense from a worker that is still to get ready; of any size. */
    Message senseless() {
        return switch (random.nextInt(6)) {
            case 0 -> new Message.Progress(random.nextInt(1 << 20), Integer.MAX_VALUE, Long.MAX_VALUE);
            case 1 -> new Message.Bound(text(random.nextInt(2_000)), text(20));
            case 2 -> new Message.Parked();
            case 3 -> new Message.Accepting();
            case 4 -> new Message.Drained(List.of(text(900), text(900), text(random.nextInt(900))));
            default -> new Message.Drained(Collections.nCopies(60, text(900)));
        };
    }

    /** One that only a supervisor, or a worker's peer, may send. */
    Message ofSomebodyElse() {
        return switch (random.nextInt(5)) {
            case 0 -> new Message.Drain(Duration.ofMillis(random.nextInt(1_000_000)));
            case 1 -> new Message.Accept();
            case 2 -> new Message.State(text(100));
            case 3 -> new Message.Offer(random.nextLong(), text(10), text(10));
            default -> new Message.Hello(1, text(64));
        };
    }

    private Message hello() {
        return new Message.Hello(random.nextInt(), text(64));
    }

    private byte[] cut(byte[] frame) {
        return Arrays.copyOf(frame, random.nextInt(frame.length));
    }

    private byte[] mutated(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(5); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private byte[] lines() {
        List<String> texts = List.of(
                "TYPE=hello\nPID=99999999999999999999\nTOKEN=x\n",
                "TYPE=hello\nPID=-1\nTOKEN=x\n",
                "TYPE=hello\nTYPE=hello\nPID=1\nTOKEN=x\n",
                "TYPE=hello\nTOKEN=x\n",
                "TYPE=drained\nCUT=999\n",
                "TYPE=drained\nCUT=2147483648\n",
                "TYPE=listeners\nAPP=x\nGENERATION=1\nCOUNT=1\nNAME.0=../x\nADDRESS.0=:0\nBACKLOG.0=1\n",
                "TYPE=drain\nDEADLINE_MS=9223372036854775807\n",
                "TYPE=shutdown\n",
                "=\n",
                "TYPE=\n",
                "\n".repeat(random.nextInt(1000)),
                "A=\n".repeat(random.nextInt(1000)),
                "");
        return texts.get(random.nextInt(texts.size())).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text(int length) {
        return random.ints(length, 1, 0x250)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
