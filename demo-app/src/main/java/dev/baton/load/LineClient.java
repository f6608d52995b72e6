package dev.baton.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A client of the line service: sends a line, expects it back behind the server's name. */
final class LineClient extends Client {
    private static final byte[] BEFORE_THE_ECHO = {':', ' '};

    private long sent;

    LineClient(LoadPlan plan, int number, Pace pace, Tally tally) {
        super(plan, number, pace, tally);
    }

    @Override
    void exchange(Wire wire) throws Breakage {
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
    }
}
