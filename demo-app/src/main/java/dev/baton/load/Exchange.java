package dev.baton.load;

import java.util.Locale;

/** One kind of request: what is asked for, and how. */
record Exchange(Kind kind, String path) {
    enum Kind {
        GET,
        /** A body that must come back as it was sent. */
        POST,
        /** The same, the body sent piece by piece. */
        UPLOAD,
        /** An answer that is read piece by piece. */
        DOWNLOAD
    }

    /** Reads {@code /path}, {@code post:/path}, {@code upload:/path} or {@code download:/path}. */
    static Exchange parse(String text) {
        int colon = text.indexOf(':');
        if (text.isEmpty() || text.startsWith("/")) {
            return new Exchange(Kind.GET, text);
        }
        if (colon > 0 && text.startsWith("/", colon + 1)) {
            for (Kind kind : Kind.values()) {
                if (kind.name().toLowerCase(Locale.ROOT).equals(text.substring(0, colon))) {
                    return new Exchange(kind, text.substring(colon + 1));
                }
            }
        }
        throw new IllegalArgumentException(
                "can't ask for '" + text + "': write /path, post:/path, upload:/path or download:/path");
    }

    boolean hasBody() {
        return kind == Kind.POST || kind == Kind.UPLOAD;
    }

    /** The demo's pages that say what it calls itself, and nothing more. */
    boolean asksForTheName() {
        return kind == Kind.GET && (path.equals("/") || path.startsWith("/slow"));
    }

    @Override
    public String toString() {
        return kind == Kind.GET ? path : kind.name().toLowerCase(Locale.ROOT) + ":" + path;
    }
}
