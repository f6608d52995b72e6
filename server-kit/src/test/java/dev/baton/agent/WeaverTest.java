package dev.baton.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeaverTest {
    private static final String NO_NATIVE = "io.netty.transport.noNative";

    @AfterEach
    void forget() {
        System.clearProperty(NO_NATIVE);
        System.clearProperty("io.grpc.netty.shaded." + NO_NATIVE);
    }

    @ParameterizedTest
    @CsvSource({
        "io/netty/channel/epoll/Epoll, ''",
        "io/netty/channel/uring/IoUring, ''",
        "io/netty/incubator/channel/uring/IOUring, ''",
        "io/grpc/netty/shaded/io/netty/channel/epoll/Epoll, io.grpc.netty.shaded."
    })
    void nettyIsToldToDoWithoutItsNativeTransportWhereverItIs(String className, String prefix) {
        load(className);
        assertEquals("true", System.getProperty(prefix + NO_NATIVE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"com/example/Epoll", "com/example/String", "io/netty/channel/epoll/EpollEventLoop"})
    void nobodyElseIsToldAnything(String className) {
        load(className);
        assertNull(System.getProperty(NO_NATIVE));
    }

    @Test
    void serverIsWovenOnlyWhereItFindsWhatItIsToCall() throws Exception {
        String name = "org/eclipse/jetty/http/HttpGenerator";
        byte[] code;
        try (InputStream in = WeaverTest.class.getResourceAsStream("/" + name + ".class")) {
            code = in.readAllBytes();
        }
        Weaver weaver = new Weaver(new Start(null), false);
        assertTrue(weaver.transform(new ClassLoader() {}, name, null, null, code) != null);
        assertFalse(weaver.transform(new ClassLoader(null) {}, name, null, null, code) != null);
    }

    private static void load(String className) {
        ClassLoader program = new ClassLoader() {};
        assertNull(new Weaver(new Start(null), false).transform(program, className, null, null, new byte[0]));
    }
}
