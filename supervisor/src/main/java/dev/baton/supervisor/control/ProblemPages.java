package dev.baton.supervisor.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty itself finds wrong (garbage, over-long headers) answered like everything else: RFC 9457. */
final class ProblemPages extends ErrorHandler {
    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        String why = message == null ? HttpStatus.getMessage(code) : message;
        String detail = "The request is not one that baton understands: " + why
                + ". Try: curl --unix-socket CONTROL.SOCK http://baton/v1/status";
        Answer answer = Answer.of(Problem.of(code, HttpStatus.getMessage(code), detail));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
        response.write(true, ByteBuffer.wrap((answer.body() + "\n").getBytes(StandardCharsets.UTF_8)), callback);
    }
}
