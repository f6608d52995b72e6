package dev.baton.supervisor.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each key and value of a TOML document stands. Jackson reads the document, and forgets that; so this goes
 * through one that Jackson has found to be right, and takes every shortcut that this allows.
 */
final class TomlPlaces {
    private final Map<List<String>, Place> keys = new HashMap<>();
    private final Map<List<String>, Place> values = new HashMap<>();
    private final String text;
    private int at;

    private TomlPlaces(String text) {
        this.text = text;
    }

    /** Of a document that is known to be right. */
    static TomlPlaces of(String text) {
        TomlPlaces places = new TomlPlaces(text);
        try {
            places.document();
        } catch (StringIndexOutOfBoundsException e) {
            // Not right after all; what was found so far is better than nothing.
            return places;
        }
        return places;
    }

    /** Where the key stands, or else what it is in. An element of an array has its number for a key. */
    Place key(List<String> path) {
        return find(keys, path);
    }

    /** Where the value begins, or else what it is in. */
    Place value(List<String> path) {
        return find(values, path);
    }

    private Place find(Map<List<String>, Place> places, List<String> path) {
        if (path.isEmpty()) {
            return Place.START;
        }
        Place here = places.get(path);
        if (here == null) {
            here = keys.get(path);
        }
        return here != null ? here : find(places, path.subList(0, path.size() - 1));
    }

    // ---- the document ----

    private void document() {
        List<String> table = List.of();
        while (blank(true)) {
            if (peek() == '[') {
                boolean many = text.startsWith("[[", at);
                at += many ? 2 : 1;
                table = name(List.of());
                blank(false);
                at += many ? 2 : 1;
            } else {
                assignment(table);
            }
        }
    }

    private void assignment(List<String> table) {
        List<String> path = name(table);
        blank(false);
        at++; // =
        blank(false);
        enter(path);
    }

    /** One key, or several with dots between them. */
    private List<String> name(List<String> prefix) {
        List<String> path = new ArrayList<>(prefix);
        while (true) {
            blank(false);
            Place here = here();
            path.add(peek() == '"' || peek() == '\'' ? quoted() : bare());
            keys.putIfAbsent(List.copyOf(path), here);
            blank(false);
            if (peek() != '.') {
                return path;
            }
            at++;
        }
    }

    private String bare() {
        int start = at;
        while ("= \t.]".indexOf(peek()) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    /** Goes through a value. */
    private void enter(List<String> path) {
        values.put(List.copyOf(path), here());
        switch (peek()) {
            case '"', '\'' -> quoted();
            case '[' -> array(path);
            case '{' -> table(path);
            default -> {
                while (at < text.length() && ",]}#\r\n".indexOf(peek()) < 0) {
                    at++;
                }
            }
        }
    }

    private void array(List<String> path) {
        at++;
        for (int i = 0; skipTo(']'); i++) {
            List<String> element = new ArrayList<>(path);
            element.add(Integer.toString(i));
            enter(element);
        }
    }

    private void table(List<String> path) {
        at++;
        while (skipTo('}')) {
            assignment(path);
        }
    }

    /** Whether something comes before the end of an array or table; what is between its parts is skipped. */
    private boolean skipTo(char end) {
        blank(true);
        if (peek() == ',') {
            at++;
            blank(true);
        }
        if (peek() != end) {
            return true;
        }
        at++;
        return false;
    }

    /** What is between the quotes, its escapes as they are: a key that needs them is none of ours. */
    private String quoted() {
        char quote = peek();
        String three = String.valueOf(quote).repeat(3);
        String end = text.startsWith(three, at) ? three : String.valueOf(quote);
        at += end.length();
        int start = at;
        while (!text.startsWith(end, at)) {
            at += quote == '"' && peek() == '\\' ? 2 : 1;
        }
        int stop = at;
        at += end.length();
        // Up to two quotes may stand right before the closing three.
        while (end.length() == 3 && at < text.length() && peek() == quote) {
            at++;
            stop++;
        }
        return text.substring(start, stop);
    }

    // ---- characters ----

    private char peek() {
        return text.charAt(at);
    }

    /** Skips white space, comments and, where they may be, ends of lines; and whether anything follows. */
    private boolean blank(boolean lines) {
        while (at < text.length()) {
            char c = peek();
            if (c == '#' && lines) {
                while (at < text.length() && peek() != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return true;
            }
        }
        return false;
    }

    private Place here() {
        int line = 1;
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', start)) {
            line++;
            start = end + 1;
        }
        return new Place(line, text.codePointCount(start, at) + 1);
    }
}
