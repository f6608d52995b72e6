package dev.baton.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A client of the line service: sends a line, expects it back behind the server's name, {@code LABEL gen=N: line}. Where the server
 * numbers the lines of a connection, {@code LABEL gen=N line=K: line}, none may be missing or come twice.
 */
final class LineClient extends Client {
    private static final byte[] BEFORE_THE_ECHO = {':', ' '};
    private static final byte[] BEFORE_THE_NUMBER = " line=".getBytes(StandardCharsets.US_ASCII);

    private long sent;
    private Wire last;
    private long onConnection;

    LineClient(LoadPlan plan, int number, Pace pace, Tally tally) {
        super(plan, number, pace, tally);
    }

    @Override
    void exchange(Wire wire) throws Breakage {
        onConnection = wire == last ? onConnection + 1 : 1;
        last = wire;
        byte[] line = ("client " + number() + " line " + ++sent + "\n").getBytes(StandardCharsets.US_ASCII);
        wire.beginAnswer();
        wire.send(line, 0, line.length);
        int length = wire.line();
        byte[] answer = wire.buffer();
        int start = wire.lineStart();
        int echo = start + length - (line.length - 1);
        int before = echo - BEFORE_THE_ECHO.length;
        boolean right = before > start
                && Arrays.equals(answer, echo, start + length, line, 0, line.length - 1)
                && Arrays.equals(answer, before, echo, BEFORE_THE_ECHO, 0, BEFORE_THE_ECHO.length);
        if (!right) {
            String seen = new String(answer, start, Math.min(length, 200), StandardCharsets.UTF_8);
            throw Breakage.ofAnswer(Broken.WRONG, "'" + seen + "' where line " + sent + " was due");
        }
        answerers().note(Arrays.copyOfRange(answer, start, before), before - start);
        long number = number(answer, start, before);
        if (number >= 0 && number != onConnection) {
            throw Breakage.ofAnswer(
                    Broken.WRONG, "the server calls this line " + number + " where it is line " + onConnection);
        }
    }

    /** What the server says the how manieth line this was; -1 if it does not. */
    private static long number(byte[] answer, int start, int end) {
        int digits = end;
        while (digits > start && answer[digits - 1] >= '0' && answer[digits - 1] <= '9') {
            digits--;
        }
        int mark = digits - BEFORE_THE_NUMBER.length;
        boolean numbered = digits < end
                && end - digits < 18
                && mark >= start
                && Arrays.equals(answer, mark, digits, BEFORE_THE_NUMBER, 0, BEFORE_THE_NUMBER.length);
        return numbered ? Long.parseLong(new String(answer, digits, end - digits, StandardCharsets.US_ASCII)) : -1;
    }
}
