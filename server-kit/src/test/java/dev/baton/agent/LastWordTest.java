package dev.baton.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.util.BufferUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a generator of Jetty's writes in a program that drains, woven as the agent weaves it. */
class LastWordTest {
    private static final String CLOSE = "Connection: close\r\n";

    private final Generator generator = new Woven().make();

    @BeforeEach
    void drain() {
        Listeners listeners = Listeners.ofEnvironment(Map.of());
        listeners.accepted().drain(null);
        ProgramHooks hooks = new ProgramHooks(listeners, null);
        Bridge.lead(() -> hooks);
    }

    @AfterEach
    void forget() {
        Bridge.lead(null);
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void responseWithoutABodyIsTheLastAndSaysSo(int status) throws Exception {
        assertEquals("HTTP/1.1 " + status + " \r\n" + CLOSE + "\r\n", generator.response(status, -1, 1024));
        assertEquals(false, generator.isPersistent());
    }

    @Test
    void bodyOfUnknownLengthStillSaysWhereItEnds() throws Exception {
        assertEquals(
                "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n" + CLOSE + "\r\n", generator.response(200, -1, 1024));
        assertEquals(false, generator.isPersistent());
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 103})
    void interimResponseAndSwitchOfProtocolsAreNotTheLast(int status) throws Exception {
        assertEquals("HTTP/1.1 " + status + " \r\n\r\n", generator.response(status, -1, 1024));
    }

    @Test
    void headThatIsFullIsLetBe() throws Exception {
        String whole = "HTTP/1.1 200 \r\nContent-Length: 7\r\n\r\n";
        assertEquals(whole, generator.response(200, 7, whole.length() + CLOSE.length() - 1));
        assertEquals(true, generator.isPersistent());
    }

    @Test
    void headOfSufficientRoomIsNot() throws Exception {
        String whole = "HTTP/1.1 200 \r\nContent-Length: 7\r\n" + CLOSE + "\r\n";
        assertEquals(whole, generator.response(200, 7, whole.length()));
        assertEquals(false, generator.isPersistent());
    }

    /** A program's client of another server is not drained. */
    @Test
    void requestIsNotTheLast() throws Exception {
        assertEquals("GET / HTTP/1.1\r\n\r\n", generator.request());
        assertEquals(true, generator.isPersistent());
    }

    /** Public as the next one, for what is on both sides of a loader. */
    public interface Generator {
        /** The head of one that goes on. */
        String response(int status, long length, int room) throws IOException;

        String request() throws IOException;

        boolean isPersistent();
    }

    /** Seen by the woven classes' loader only. */
    public static final class JettyGenerator implements Generator {
        private final HttpGenerator generator = new HttpGenerator();

        @Override
        public String response(int status, long length, int room) throws IOException {
            MetaData.Response response =
                    new MetaData.Response(status, "", HttpVersion.HTTP_1_1, HttpFields.EMPTY, length);
            ByteBuffer head = BufferUtil.allocate(room);
            generator.generateResponse(response, false, head, null, null, false);
            return BufferUtil.toString(head);
        }

        @Override
        public String request() throws IOException {
            MetaData.Request request =
                    new MetaData.Request("GET", HttpURI.from("/"), HttpVersion.HTTP_1_1, HttpFields.EMPTY, 0);
            ByteBuffer head = BufferUtil.allocate(1024);
            generator.generateRequest(request, head, null, null, true);
            return BufferUtil.toString(head);
        }

        @Override
        public boolean isPersistent() {
            return generator.isPersistent();
        }
    }

    /** With a Jetty of its own. */
    private static final class Woven extends ClassLoader {
        private final Weaver weaver = new Weaver(new Start(null), false);

        Generator make() {
            try {
                return (Generator) loadClass(JettyGenerator.class.getName())
                        .getConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("org.eclipse.jetty.http.") && !name.equals(JettyGenerator.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known == null ? define(name) : known;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String path = name.replace('.', '/');
            try (InputStream in = getResourceAsStream(path + ".class")) {
                byte[] code = in.readAllBytes();
                byte[] woven = weaver.transform(this, path, null, null, code);
                byte[] defined = woven == null ? code : woven;
                return defineClass(name, defined, 0, defined.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
