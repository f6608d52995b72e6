package dev.baton.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What figures depend on. */
final class Machine {
    private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)+");

    /** The place of the stolen ones among the counters of a processor's time, proc(5). */
    private static final int STOLEN = 7;

    private Machine() {}

    /** What it is, by name, in the order in which one tells it. */
    static Map<String, String> describe() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put(
                "processor",
                Runtime.getRuntime().availableProcessors() + " × "
                        + field("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch")));
        machine.put("memory", gigabytes(field("/proc/meminfo", "MemTotal").orElse("0")));
        machine.put("day", LocalDate.now(ZoneOffset.UTC).toString());
        machine.put("load before", Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        machine.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        version("haproxy", "-v").ifPresent(text -> machine.put("haproxy", text));
        version("nginx", "-v").ifPresent(text -> machine.put("nginx", text));
        version("apache2", "-v").ifPresent(text -> machine.put("apache", text));
        version("lighttpd", "-v").ifPresent(text -> machine.put("lighttpd", text));
        version("h2o", "-v").ifPresent(text -> machine.put("h2o", text));
        version("caddy", "version").ifPresent(text -> machine.put("caddy", text));
        version("gunicorn", "--version").ifPresent(text -> machine.put("gunicorn", text));
        version("puma", "--version").ifPresent(text -> machine.put("puma", text));
        return machine;
    }

    /**
     * How much of the time the hypervisor ran something else although this machine had work, in percent.
     *
     * @param before what {@link #times} said at first
     */
    static String stolenSince(List<Long> before) throws IOException {
        List<Long> now = times();
        double all = 0;
        for (int i = 0; i < now.size(); i++) {
            all += now.get(i) - before.get(i);
        }
        return "%.1f %%".formatted(100 * (now.get(STOLEN) - before.get(STOLEN)) / Math.max(all, 1));
    }

    /** What all processors have spent their time on so far, up to what was stolen. */
    static List<Long> times() throws IOException {
        String all = Files.readAllLines(Path.of("/proc/stat")).get(0);
        return Stream.of(all.split(" +"))
                .skip(1)
                .limit(STOLEN + 1)
                .map(Long::valueOf)
                .toList();
    }

    /** What a process has in memory: VmRSS, proc(5). */
    static double residentMebibytes(long pid) throws IOException {
        String kilobytes = field("/proc/" + pid + "/status", "VmRSS")
                .orElseThrow(() -> new IOException("pid " + pid + " has no memory"));
        return Double.parseDouble(kilobytes.replaceAll("\\D", "")) / 1024;
    }

    /** How long a process has had a processor so far: utime and stime, proc(5). */
    static Duration processorTime(long pid) throws IOException {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow(() -> new IOException("pid " + pid + " has ended"));
    }

    private static Optional<String> field(String file, String name) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst();
    }

    private static String gigabytes(String kilobytes) {
        return "%.0f GiB".formatted(Double.parseDouble(kilobytes.replaceAll("\\D", "")) / (1024 * 1024));
    }

    /** The number in the first line of what a program says of itself. */
    private static Optional<String> version(String program, String flag) throws IOException {
        Optional<Path> path = Installed.find(program);
        if (path.isEmpty()) {
            return Optional.empty();
        }
        Process process = new ProcessBuilder(List.of(path.get().toString(), flag))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher number = NUMBER.matcher(said);
        return number.find() ? Optional.of(number.group()) : Optional.empty();
    }
}
