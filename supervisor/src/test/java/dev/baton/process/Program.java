package dev.baton.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A client that is a program of this machine, which installs nothing: where it is missing, it does not take part. */
final class Program implements ForeignClient {
    private final Process process;
    private final Lines lines;
    private final Pattern good;
    private final Pattern bad;
    /** A line of this takes one from the failures that {@link #bad} counts. */
    private final Pattern excuse;

    private Program(Process process, Pattern good, Pattern bad, Pattern excuse) {
        this.process = process;
        this.lines = new Lines(process, "client-output");
        this.good = good;
        this.bad = bad;
        this.excuse = excuse;
    }

    /**
     * A curl for every page, until one fails. With HTTP/2 by prior knowledge curl 7.88 cannot use a connection again,
     * whoever serves it: curl#10634.
     */
    static Program curls(String url, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "while \"$@\"; do :; done", "sh"));
        command.addAll(curlCommand(options));
        command.add(url + "/slow?ms=20");
        return start(command, "200 connects=\\d+", "(?!200 connects=).*");
    }

    /** One curl that asks for a hundred thousand pages, one after the other, until it is stopped. */
    static Program curl(String url, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("stdbuf", "-oL")); // its output is a pipe: line by line even so
        command.addAll(curlCommand(options));
        command.add(url + "/slow?ms=20&n=[1-100000]");
        return start(command, "200 connects=\\d+", "(?!200 connects=).*");
    }

    private static List<String> curlCommand(String... options) {
        List<String> command = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--insecure"));
        command.addAll(List.of(options));
        command.addAll(List.of("--output", "/dev/null", "--write-out", "%{http_code} connects=%{num_connects}\\n"));
        return command;
    }

    /** ApacheBench with kept-alive HTTP/1.0 connections. */
    static Program ab(String url, int seconds) throws IOException {
        return start(
                List.of("ab", "-k", "-l", "-c", "4", "-n", "1000000", "-t", "" + seconds, url + "/slow?ms=20"),
                "Complete requests: +([1-9]\\d*)",
                "(Failed requests|Non-2xx responses|Write errors): +[1-9].*|apr_.*");
    }

    /** The other half of the subject {@code GrpcEcho}; eight threads of it, each of which ends when it is not answered. */
    static Program grpc(Subject subject, int port) throws IOException {
        return start(subject.command("client", Integer.toString(port)), "answered", "broken: .*|.*Exception.*");
    }

    /**
     * nghttp2's load client. It finishes the streams that it has, and after a GOAWAY it begins no new ones and does not
     * connect again ("Process Request Failure"), so each of its connections works until the first upgrade that it sees.
     *
     * <p>Where an answer and the GOAWAY come to it in one read, it makes up the next request between the two, does not
     * send it, and counts it as failed (on_frame_not_send_callback in its source). In its log such a request was never
     * begun: its time of sending is 0.
     */
    static Program h2load(String url, int seconds) throws IOException {
        List<String> command = List.of("h2load", "-c", "4", "-m", "4", "-D", "" + seconds, "--log-file=/dev/stdout");
        return start(
                Stream.concat(command.stream(), Stream.of(url + "/slow?ms=20")).toList(),
                "requests: .* ([1-9]\\d*) succeeded, .*",
                "requests: .* ([1-9]\\d*) failed,.*|.* [1-9]\\d* timeout|status codes: .* [1-9]\\d* [345]xx.*"
                        + "|[1-9]\\d*\t(?!2\\d\\d\t).*",
                "0\t-1\t.*");
    }

    private static Program start(List<String> command, String good, String bad) throws IOException {
        return start(command, good, bad, "(?!)");
    }

    private static Program start(List<String> command, String good, String bad, String excuse) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new Program(process, Pattern.compile(good), Pattern.compile(bad), Pattern.compile(excuse));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its own end. */
    void await() throws InterruptedException {
        process.waitFor(60, TimeUnit.SECONDS);
        lines.whole();
    }

    /** The lines that it printed, or the number that it printed itself. */
    @Override
    public long answered() {
        return lines.all().stream()
                .map(good::matcher)
                .filter(Matcher::matches)
                .mapToLong(match -> match.groupCount() > 0 ? Long.parseLong(match.group(1)) : 1)
                .sum();
    }

    /** How often curl connected. */
    long connects() {
        return lines.all().stream()
                .filter(line -> line.matches("200 connects=\\d+"))
                .mapToLong(line -> Long.parseLong(line.replaceFirst(".*=", "")))
                .sum();
    }

    @Override
    public List<String> complaints() throws InterruptedException {
        boolean byItself = !process.isAlive();
        process.destroy();
        List<String> whole = new ArrayList<>(lines.whole());
        if (!byItself
                && !whole.isEmpty()
                && !good.matcher(whole.get(whole.size() - 1)).matches()) {
            whole.remove(whole.size() - 1); // cut by us in the middle of a line
        }
        long excused =
                whole.stream().filter(line -> excuse.matcher(line).matches()).count();
        return whole.stream().filter(line -> isBad(line, excused)).toList();
    }

    private boolean isBad(String line, long excused) {
        Matcher match = bad.matcher(line);
        if (!match.matches()) {
            return false;
        }
        boolean counts = match.groupCount() > 0
                && match.group(1) != null
                && match.group(1).matches("\\d+");
        return !counts || Long.parseLong(match.group(1)) > excused;
    }

    List<String> output() {
        return lines.all();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
