package dev.baton.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One HTTP/1.1 answer after the other, read off a {@link Wire} with nothing forgiven (RFC 9112). The object is used again for each.
 *
 * <p>Threading: confined to its client.
 */
final class Answer {
    /** Of longer bodies only the length is known. */
    private static final int KEPT = 128 * 1024;

    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] SERVER = ascii("server");
    private static final byte[] REQUEST = ascii("x-request");

    private static final long UNKNOWN = -1;
    private static final long CHUNKED = -2;

    private byte[] body = new byte[512];
    private int kept;
    private long length;
    private int status;
    private final Field server = new Field();
    private final Field request = new Field();
    private boolean announcesClose;
    private boolean endsWithTheStream;
    private Pauses pauses = Pauses.NONE;

    /** What to do after each piece of a body, to be a slow reader. */
    interface Pauses {
        Pauses NONE = () -> {};

        void afterPiece();
    }

    /** The value of a header; its array is longer, and used again. */
    static final class Field {
        private byte[] bytes = new byte[64];
        private int length;

        byte[] bytes() {
            return bytes;
        }

        /** Zero without the header. */
        int length() {
            return length;
        }

        private void keep(byte[] text, int from, int end) {
            int start = from;
            while (start < end && text[start] == ' ') {
                start++;
            }
            length = end - start;
            if (bytes.length < length) {
                bytes = new byte[length];
            }
            System.arraycopy(text, start, bytes, 0, length);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    int status() {
        return status;
    }

    /** The beginning of the body, all of it unless it is very long. */
    byte[] body() {
        return body;
    }

    /** How much of {@link #body()} is valid. */
    int kept() {
        return kept;
    }

    long length() {
        return length;
    }

    /** What the server calls itself. */
    Field server() {
        return server;
    }

    /** Which request this answers, where the server says so. */
    Field request() {
        return request;
    }

    /** Whether the body is a line with what the server calls itself. */
    boolean isNameOfServer() {
        return length == server.length + 1L
                && body[kept - 1] == '\n'
                && Arrays.equals(body, 0, kept - 1, server.bytes, 0, server.length);
    }

    /** The server said that it will close after this answer, so that it does is no surprise. */
    boolean announcesClose() {
        return announcesClose;
    }

    void read(Wire wire, Pauses pausesBetweenPieces) throws Breakage {
        pauses = pausesBetweenPieces;
        long framing = head(wire);
        while (status < 200) {
            framing = head(wire);
        }
        kept = 0;
        length = 0;
        if (status == 204 || status == 304) {
            return;
        }
        if (framing == CHUNKED) {
            chunks(wire);
        } else if (framing == UNKNOWN) {
            endsWithTheStream = true;
            announcesClose = true;
            toTheEnd(wire);
        } else {
            bytes(wire, framing);
        }
    }

    /** Waits for the end of the stream that the server announced. */
    void expectEndOfStream(Wire wire) throws Breakage {
        if (!endsWithTheStream && wire.skip(1) >= 0) {
            throw Breakage.fatal(Broken.WRONG, "more came after the last answer");
        }
    }

    private long head(Wire wire) throws Breakage {
        statusLine(wire);
        endsWithTheStream = false;
        server.length = 0;
        request.length = 0;
        long framing = UNKNOWN;
        int end = wire.line();
        while (end > 0) {
            byte[] text = wire.buffer();
            int start = wire.lineStart();
            int colon = colon(text, start, start + end);
            if (is(CONTENT_LENGTH, text, start, colon)) {
                if (framing != CHUNKED) {
                    framing = number(value(wire, end, colon), 10);
                }
            } else if (is(TRANSFER_ENCODING, text, start, colon)) {
                framing = CHUNKED;
            } else if (is(CONNECTION, text, start, colon)) {
                String value = value(wire, end, colon).toLowerCase(Locale.ROOT);
                announcesClose = value.contains("close") || announcesClose && !value.contains("keep-alive");
            } else if (is(SERVER, text, start, colon)) {
                server.keep(text, colon + 1, start + end);
            } else if (is(REQUEST, text, start, colon)) {
                request.keep(text, colon + 1, start + end);
            }
            end = wire.line();
        }
        return framing;
    }

    private void statusLine(Wire wire) throws Breakage {
        int end = wire.line();
        byte[] text = wire.buffer();
        int start = wire.lineStart();
        boolean http = end >= 12
                && text[start] == 'H'
                && text[start + 1] == 'T'
                && text[start + 2] == 'T'
                && text[start + 3] == 'P'
                && text[start + 4] == '/'
                && text[start + 5] == '1'
                && text[start + 6] == '.'
                && text[start + 8] == ' ';
        if (!http) {
            throw notHttp("'" + new String(text, start, Math.min(end, 80), StandardCharsets.ISO_8859_1) + "'");
        }
        announcesClose = text[start + 7] == '0';
        status = 0;
        for (int i = start + 9; i < start + 12; i++) {
            if (text[i] < '0' || text[i] > '9') {
                throw notHttp("a status that is no number");
            }
            status = 10 * status + text[i] - '0';
        }
    }

    private static int colon(byte[] text, int start, int end) throws Breakage {
        for (int i = start; i < end; i++) {
            if (text[i] == ':') {
                return i;
            }
        }
        throw notHttp("a header without a colon");
    }

    private static boolean is(byte[] name, byte[] text, int start, int end) {
        if (end - start != name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if ((text[start + i] | 0x20) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static String value(Wire wire, int length, int colon) {
        int end = wire.lineStart() + length;
        return new String(wire.buffer(), colon + 1, end - colon - 1, StandardCharsets.ISO_8859_1).trim();
    }

    private static long number(String text, int radix) throws Breakage {
        try {
            long number = Long.parseLong(text, radix);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw notHttp("a length '" + text + "'");
    }

    private void chunks(Wire wire) throws Breakage {
        while (true) {
            int end = wire.line();
            String line = new String(wire.buffer(), wire.lineStart(), end, StandardCharsets.ISO_8859_1);
            int extension = line.indexOf(';');
            long size = number((extension < 0 ? line : line.substring(0, extension)).trim(), 16);
            if (size == 0) {
                break;
            }
            bytes(wire, size);
            if (wire.line() != 0) {
                throw notHttp("a chunk longer than it says");
            }
        }
        while (wire.line() > 0) {
            // Trailers are of no interest.
        }
    }

    private void bytes(Wire wire, long count) throws Breakage {
        long left = count;
        while (left > 0) {
            int some = piece(wire, left);
            if (some < 0) {
                throw wire.lost("end of stream");
            }
            left -= some;
        }
    }

    private void toTheEnd(Wire wire) throws Breakage {
        while (piece(wire, Long.MAX_VALUE) >= 0) {
            // Until the end.
        }
    }

    private int piece(Wire wire, long most) throws Breakage {
        int some;
        if (kept < KEPT) {
            if (kept == body.length) {
                body = Arrays.copyOf(body, Math.min(KEPT, 4 * body.length));
            }
            some = wire.read(body, kept, (int) Math.min(most, body.length - kept));
            kept += Math.max(0, some);
        } else {
            some = wire.skip(most);
        }
        if (some > 0) {
            length += some;
            pauses.afterPiece();
        }
        return some;
    }

    private static Breakage notHttp(String what) {
        return Breakage.fatal(Broken.WRONG, "this is not HTTP: " + what);
    }
}
