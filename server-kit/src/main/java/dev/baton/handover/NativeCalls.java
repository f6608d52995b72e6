package dev.baton.handover;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Whether native calls can be made on this machine. It is not for {@link Libc} to say: whoever asks that anything loads
 * the native library, which fails where it cannot be.
 */
public final class NativeCalls {
    private NativeCalls() {}

    /**
     * What keeps them from being made.
     *
     * @param remedy what to do
     */
    public record Obstacle(String says, String remedy) {
        @Override
        public String toString() {
            return says + ": " + remedy;
        }
    }

    /** Makes one, if the machine is right for it: that the library is there does not mean that it can be loaded. */
    public static Optional<Obstacle> obstacle() {
        String unsupported = unsupportedBecause();
        if (unsupported != null) {
            return Optional.of(new Obstacle(
                    unsupported, "supervise on such a machine; a program on the kit runs here alone, without baton"));
        }
        try {
            Libc.isListening(0);
            return Optional.empty();
        } catch (LinkageError | RuntimeException e) {
            return Optional.of(new Obstacle(
                    // jffi puts stack traces into its messages.
                    "native calls do not work: "
                            + e.toString().lines().findFirst().orElse(""),
                    "the library is unpacked to " + System.getProperty("java.io.tmpdir")
                            + ", or else into the working directory: one of them must be writable, and not mounted noexec;"
                            + " or set JDK_JAVA_OPTIONS=-Djava.io.tmpdir=/another/directory"));
        }
    }

    /** Why this machine is not one for them, or {@code null}: it takes a 64-bit little-endian Linux. */
    static String unsupportedBecause() {
        String system = System.getProperty("os.name");
        if (!"Linux".equals(system)) {
            return "passing sockets between processes needs Linux; this is " + system;
        }
        if (!"64".equals(System.getProperty("sun.arch.data.model"))
                || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return "passing sockets needs a 64-bit little-endian Linux; this is " + System.getProperty("os.arch");
        }
        return null;
    }
}
