package dev.baton.load;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A client that speaks HTTP/1.1, with one connection kept alive or with a new one each time. */
final class HttpClient extends Client {
    private static final int PIECES = 20;

    private final Answer answer = new Answer();
    private final boolean closeEachTime;
    private final List<Request> requests;
    private final long slowness;
    private int turn;

    HttpClient(LoadPlan plan, int number, Pace pace, Tally tally) {
        super(plan, number, pace, tally);
        closeEachTime = plan.mode() == Mode.CHURN;
        requests = plan.paths().stream()
                .map(path -> new Request(Exchange.parse(path), plan, closeEachTime, number))
                .collect(Collectors.toUnmodifiableList());
        slowness = plan.slowness().toNanos();
        turn = number % requests.size();
    }

    @Override
    void exchange(Wire wire) throws Breakage {
        Request request = requests.get(turn);
        turn = (turn + 1) % requests.size();
        request.renew();
        wire.beginAnswer();
        if (request.exchange().kind() == Exchange.Kind.UPLOAD) {
            request.send(wire, PIECES, () -> pause(slowness / PIECES));
        } else {
            request.send(wire);
        }
        answer.read(wire, request.exchange().kind() == Exchange.Kind.DOWNLOAD ? slowly() : Answer.Pauses.NONE);
        if (closeEachTime) {
            answer.expectEndOfStream(wire);
            endByChoice();
        } else if (answer.announcesClose()) {
            endAsAsked();
        }
        check(request);
    }

    private void check(Request request) throws Breakage {
        if (answer.status() / 100 != 2) {
            throw Breakage.ofAnswer(Broken.STATUS, "status " + answer.status());
        }
        if (!answerers().note(answer.server(), answer.serverLength())) {
            answerers().note(answer.body(), answer.kept());
        }
        if (request.exchange().hasBody() && !request.isEchoedBy(answer)) {
            throw Breakage.ofAnswer(Broken.WRONG, "another body than was sent, of " + answer.length() + " bytes");
        }
    }

    /** Pauses after every so many pieces. How many pieces there will be nobody knows, so the pauses end when the time is spent. */
    private Answer.Pauses slowly() {
        long start = System.nanoTime();
        long each = Math.max(TimeUnit.MILLISECONDS.toNanos(1), slowness / PIECES);
        return () -> {
            if (System.nanoTime() - start + each <= slowness) {
                pause(each);
            }
        };
    }
}
