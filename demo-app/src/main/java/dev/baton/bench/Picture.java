package dev.baton.bench;

import dev.baton.load.Slice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Latency over time as SVG, readable on light and on dark ground: a panel for each server, all with the same two axes, the time of
 * latency being logarithmic, and a band for each upgrade.
 */
final class Picture {
    private static final int WIDTH = 900;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 64;
    private static final int PANEL = 130;
    private static final int GAP = 44;
    private static final int BOTTOM = 34;

    private static final String STYLE = """
        <style>
          svg { --ground: #ffffff; --ink: #1f2328; --faint: #d0d7de; --band: #ddf4ff; --most: #8c959f; --half: #1a7f37; --line: #0969da; --bad: #cf222e }
          @media (prefers-color-scheme: dark) {
            svg { --ground: #0d1117; --ink: #e6edf3; --faint: #30363d; --band: #12304f; --most: #7d8590; --half: #3fb950; --line: #58a6ff; --bad: #ff7b72 }
          }
          .ground { fill: var(--ground) } .band { fill: var(--band) } .grid { stroke: var(--faint); stroke-width: 1 }
          text { fill: var(--ink); font: 12px system-ui, sans-serif } .name { font-weight: 600; font-size: 14px }
          .p99 { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round }
          .p50 { fill: none; stroke: var(--half); stroke-width: 1.5; stroke-linejoin: round }
          .max { fill: none; stroke: var(--most); stroke-width: 1; stroke-linejoin: round }
          .broken { fill: var(--bad) }
        </style>
        """;

    private final List<Curve> curves;
    private final double seconds;
    private final int least;
    private final int most;
    private final StringBuilder svg = new StringBuilder();

    private Picture(List<Curve> curves) {
        this.curves = curves;
        seconds = curves.stream()
                .flatMap(curve -> curve.slices().stream())
                .mapToDouble(slice -> seconds(slice.start()))
                .max()
                .orElse(1);
        double[] decades = curves.stream()
                .flatMap(curve -> curve.slices().stream())
                .filter(slice -> slice.ok() > 0)
                .flatMap(slice -> List.of(slice.p50(), slice.max()).stream())
                .mapToDouble(Picture::decade)
                .sorted()
                .toArray();
        least = decades.length == 0 ? 0 : (int) Math.floor(decades[0]);
        most = decades.length == 0 ? 1 : (int) Math.ceil(Math.max(decades[decades.length - 1], least + 1e-9));
    }

    /** The latest curve of each server, under the load that was drawn first. */
    static String of(List<Curve> curves) {
        Map<String, Curve> latest = new LinkedHashMap<>();
        curves.stream()
                .filter(curve -> mode(curve).equals(mode(curves.get(0))))
                .forEach(curve -> latest.put(curve.server(), curve));
        return new Picture(new ArrayList<>(latest.values())).draw();
    }

    private static String mode(Curve curve) {
        return curve.load().split(",")[0];
    }

    private String draw() {
        int height = TOP + curves.size() * (PANEL + GAP) + BOTTOM - GAP + 10;
        svg.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">%n"
                        .formatted(WIDTH, height, WIDTH, height));
        svg.append("<title>Latency over time, with upgrades</title>\n").append(STYLE);
        svg.append("<rect class=\"ground\" width=\"%d\" height=\"%d\"/>%n".formatted(WIDTH, height));
        String load = curves.isEmpty() ? "nothing was measured" : curves.get(0).load();
        text(LEFT, 22, "name", "Latency over time: " + load);
        svg.append("<path class=\"p99\" d=\"M%d 42h24\"/>".formatted(LEFT));
        text(LEFT + 30, 46, "", "p99");
        svg.append("<path class=\"p50\" d=\"M%d 42h24\"/>".formatted(LEFT + 70));
        text(LEFT + 100, 46, "", "median");
        svg.append("<path class=\"max\" d=\"M%d 42h24\"/>".formatted(LEFT + 160));
        text(LEFT + 190, 46, "", "longest, of each tenth of a second");
        svg.append("<rect class=\"band\" x=\"%d\" y=\"34\" width=\"24\" height=\"16\"/>".formatted(LEFT + 405));
        text(LEFT + 435, 46, "", "an upgrade, until the old version is gone");
        svg.append("<circle class=\"broken\" cx=\"%d\" cy=\"42\" r=\"3\"/>".formatted(LEFT + 700));
        text(LEFT + 710, 46, "", "something broke");
        for (int i = 0; i < curves.size(); i++) {
            panel(curves.get(i), TOP + 20 + i * (PANEL + GAP));
        }
        return svg.append("</svg>\n").toString();
    }

    private void panel(Curve curve, int top) {
        text(LEFT, top - 6, "name", format("%s, %,.0f requests a second", curve.server(), curve.rate()));
        for (Mark mark : curve.upgrades()) {
            double from = x(mark.from());
            svg.append(format(
                    "<rect class=\"band\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                    from, top, Math.max(1, Math.min(x(mark.to()), WIDTH - RIGHT) - from), PANEL));
        }
        for (int decade = least; decade <= most; decade++) {
            double y = y(decade, top);
            svg.append(format("<path class=\"grid\" d=\"M%d %.1fH%d\"/>%n", LEFT, y, WIDTH - RIGHT));
            label(
                    LEFT - 8,
                    y + 4,
                    "end",
                    decade >= 3
                            ? format("%.0f s", Math.pow(10, decade - 3))
                            : format(decade < 0 ? "%." + -decade + "f ms" : "%.0f ms", Math.pow(10, decade)));
        }
        double step = seconds > 12 ? 5 : 1;
        for (double second = 0; second <= seconds + 0.5; second += step) {
            label(
                    LEFT + second / seconds * (WIDTH - LEFT - RIGHT),
                    top + PANEL + 16,
                    "middle",
                    format("%.0f s", second));
        }
        line(curve, "max", Slice::max, top);
        line(curve, "p50", Slice::p50, top);
        line(curve, "p99", Slice::p99, top);
        for (Slice slice : curve.slices()) {
            if (slice.broken() > 0) {
                svg.append(format(
                        "<circle class=\"broken\" cx=\"%.1f\" cy=\"%d\" r=\"3\"><title>%d broken</title></circle>%n",
                        x(slice.start()), top + PANEL - 4, slice.broken()));
            }
        }
    }

    /** A gap where nobody was answered. */
    private void line(Curve curve, String style, Function<Slice, Duration> of, int top) {
        StringBuilder path = new StringBuilder();
        String next = "M";
        for (Slice slice : curve.slices()) {
            if (slice.ok() == 0) {
                next = "M";
                continue;
            }
            path.append(format("%s%.1f %.1f", next, x(slice.start()), y(decade(of.apply(slice)), top)));
            next = "L";
        }
        svg.append("<path class=\"%s\" d=\"%s\"/>%n".formatted(style, path));
    }

    private double x(Duration time) {
        return LEFT + seconds(time) / seconds * (WIDTH - LEFT - RIGHT);
    }

    private double y(double decade, int top) {
        return top + PANEL - (decade - least) / (most - least) * PANEL;
    }

    /** The logarithm of so many milliseconds. */
    private static double decade(Duration latency) {
        return Math.log10(Math.max(1e-3, latency.toNanos() / 1e6));
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private void text(double x, double y, String style, String text) {
        svg.append(format("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n", style, x, y, escape(text)));
    }

    private void label(double x, double y, String anchor, String text) {
        svg.append(format("<text text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n", anchor, x, y, escape(text)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
