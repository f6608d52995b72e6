package dev.baton.load;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
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
    /** Of the request. It begins anywhere, so that no other client's are the same. */
    private long sent = ThreadLocalRandom.current().nextLong();

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
        request.renew(++sent);
        wire.beginAnswer();
        if (request.exchange().kind() == Exchange.Kind.UPLOAD) {
            request.send(wire, PIECES, () -> pause(slowness / PIECES));
        } else {
            request.send(wire);
        }
        answer.read(wire, request.exchange().kind() == Exchange.Kind.DOWNLOAD ? slowly() : Answer.Pauses.NONE);
        if (!request.mayBeAnsweredBy(answer)) {
            throw Breakage.fatal(Broken.WRONG, "the answer to another request");
        }
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
        Answer.Field server = answer.server();
        if (!answerers().note(server.bytes(), server.length())) {
            answerers().note(answer.body(), answer.kept());
        } else if (request.exchange().asksForTheName() && !answer.isNameOfServer()) {
            throw Breakage.ofAnswer(Broken.WRONG, "a body without the name that is in the head");
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
