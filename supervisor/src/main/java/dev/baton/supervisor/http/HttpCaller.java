package dev.baton.supervisor.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;

/** One of a volley's connections: one call after another, and a new connection where the old one has ended. */
final class HttpCaller implements HttpParser.ResponseHandler {
    private static final int LONGEST_HEAD = 64 * 1024;
    private static final int CHUNK = 16 * 1024;

    private final SocketAddress to;
    private final String host;
    private final int calls;
    private final Selector selector;
    private final HttpVolley.Course course;
    private final Duration rest;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    private SocketChannel channel;
    private HttpParser parser;
    private HttpCall call;
    private ByteBuffer request;
    private long sentAt;
    private long restsUntil;
    private boolean rests;
    private int status;
    private boolean lasts;
    private boolean whole;
    private String bad;
    private int answered;

    HttpCaller(SocketAddress to, String host, int calls, Selector selector, HttpVolley.Course course, Duration rest) {
        this.to = to;
        this.host = host;
        this.calls = calls;
        this.selector = selector;
        this.course = course;
        this.rest = rest;
    }

    boolean isBusy() {
        return call != null;
    }

    /**
     * Asks the next thing, if the last one was answered.
     *
     * @return when it is to be called again, unless something happens before
     */
    long ask(long now) {
        if (call == null) {
            call = course.next().orElse(null);
            if (call == null) {
                return Long.MAX_VALUE;
            }
            request = call.bytes(host, answered + 1 == calls);
        } else if (!rests) {
            return Long.MAX_VALUE;
        }
        if (rests && now < restsUntil) {
            return restsUntil;
        }
        rests = false;
        try {
            begin();
            return Long.MAX_VALUE;
        } catch (IOException e) {
            fail("no connection: " + e.getMessage());
            return ask(now); // the next one, after a rest
        }
    }

    private void begin() throws IOException {
        sentAt = System.nanoTime();
        if (channel != null) {
            startAnswer();
            send();
            return;
        }
        parser = new HttpParser(this, LONGEST_HEAD); // one that has seen an end of input is of no use any more
        startAnswer();
        boolean inet = to instanceof InetSocketAddress;
        channel = inet ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.configureBlocking(false);
        if (inet) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        boolean connected = channel.connect(to);
        channel.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
        if (connected) {
            send();
        }
    }

    private void send() throws IOException {
        channel.write(request);
        channel.keyFor(selector)
                .interestOps(SelectionKey.OP_READ | (request.hasRemaining() ? SelectionKey.OP_WRITE : 0));
    }

    /** Something can be done on the connection. */
    void proceed() {
        try {
            if (!channel.isConnected()) {
                channel.finishConnect();
                send();
            } else if (request.hasRemaining()) {
                send();
            }
            receive();
        } catch (IOException e) {
            fail((channel != null && channel.isConnected() ? "" : "no connection: ") + e.getMessage());
        }
    }

    private void receive() throws IOException {
        int n = channel.read(chunk.clear());
        chunk.flip();
        if (call == null) { // nothing was to come: the connection has ended, or breaks the rules
            disconnect();
            return;
        }
        if (n < 0) {
            parser.atEOF();
        }
        parser.parseNext(chunk);
        while (whole && status < 200) { // a preface
            startAnswer();
            parser.parseNext(chunk);
        }
        if (bad == null && !whole && n < 0) {
            bad = "the connection was closed without a whole answer";
        }
        if (bad != null) {
            fail(bad);
        } else if (whole) {
            long nanos = System.nanoTime() - sentAt;
            HttpCall over = call;
            call = null;
            answered++;
            if (!lasts || n < 0 || chunk.hasRemaining() || answered == calls) {
                disconnect();
            }
            course.onAnswer(over, status, nanos);
        }
    }

    private void startAnswer() {
        parser.reset();
        parser.setHeadResponse(call.wantsHeadAlone());
        whole = false;
        bad = null;
    }

    // ---- what the parser finds ----

    @Override
    public void startResponse(HttpVersion version, int code, String reason) {
        status = code;
        lasts = version == HttpVersion.HTTP_1_1;
    }

    @Override
    public void parsedHeader(HttpField field) {
        if (field.getHeader() == HttpHeader.CONNECTION) {
            lasts = !field.contains(HttpHeaderValue.CLOSE.asString())
                    && (lasts || field.contains(HttpHeaderValue.KEEP_ALIVE.asString()));
        }
    }

    @Override
    public boolean headerComplete() {
        return false;
    }

    @Override
    public boolean content(ByteBuffer part) {
        return false;
    }

    @Override
    public boolean contentComplete() {
        return false;
    }

    @Override
    public boolean messageComplete() {
        whole = true;
        return true;
    }

    @Override
    public void earlyEOF() {
        bad = "the connection was closed without a whole answer";
    }

    @Override
    public void badMessage(HttpException failure) {
        bad = "what answers does not speak HTTP/1.1";
    }

    // ---- the end of a call, or of the connection ----

    private void fail(String why) {
        HttpCall failed = call;
        call = null;
        disconnect();
        rests = true;
        restsUntil = System.nanoTime() + rest.toNanos();
        if (failed != null) {
            course.onFailure(failed, why);
        }
    }

    private void disconnect() {
        if (channel != null) {
            close();
            channel = null;
            answered = 0;
        }
    }

    void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
