package dev.baton.handover;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** How a {@link ListenAddress} is written, and what is said about one that is written otherwise. */
final class AddressText {
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    private AddressText() {}

    /** Finds the address of what stands before the port: nothing, a star, a name, or a literal. */
    interface Resolver {
        InetAddress resolve(String host) throws UnknownHostException;
    }

    /** By asking the machine, which may take its time over a name. */
    static InetAddress resolve(String host) throws UnknownHostException {
        boolean anywhere = host.isEmpty() || host.equals("*");
        return anywhere ? InetAddress.getByAddress(new byte[16]) : InetAddress.getByName(host);
    }

    static ListenAddress parse(String text, Resolver resolver) {
        if (text.startsWith("unix:")) {
            return unix(text);
        }
        if (text.startsWith("systemd:")) {
            String name = text.substring("systemd:".length());
            if (name.isEmpty()) {
                throw bad(text, "systemd: needs the FileDescriptorName= of a socket unit after it");
            }
            return new ListenAddress.Systemd(text, name);
        }
        return inet(text, resolver);
    }

    private static ListenAddress unix(String text) {
        Path path;
        try {
            path = Path.of(text.substring("unix:".length()));
        } catch (InvalidPathException e) {
            throw bad(text, e.getReason());
        }
        if (!path.isAbsolute()) {
            throw bad(text, "a unix socket needs an absolute path, like unix:/run/shop/http.sock");
        }
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > SocketNames.LONGEST_PATH) {
            throw bad(text, "a unix socket's path has at most " + SocketNames.LONGEST_PATH + " bytes");
        }
        return new ListenAddress.Unix(text, path);
    }

    private static ListenAddress inet(String text, Resolver resolver) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw bad(text, "it has no port; write :8080, 127.0.0.1:8080, [::1]:8080 or unix:/path");
        }
        int port = port(text, text.substring(colon + 1));
        String host = text.substring(0, colon);
        if (host.startsWith("[") != host.endsWith("]") || (!host.startsWith("[") && host.contains(":"))) {
            throw bad(text, "an IPv6 address stands in brackets, like [::1]:8080");
        }
        try {
            return new ListenAddress.Inet(text, new InetSocketAddress(resolver.resolve(host), port));
        } catch (UnknownHostException e) {
            throw bad(text, "there is no host \"" + host + "\"");
        }
    }

    private static int port(String text, String digits) {
        if (!DIGITS.matcher(digits).matches()) {
            throw bad(text, "\"" + digits + "\" is not a port");
        }
        if (digits.length() > 5 || Integer.parseInt(digits) > 65535) {
            throw bad(text, "a port lies between 1 and 65535 (0 lets the kernel choose)");
        }
        return Integer.parseInt(digits);
    }

    private static IllegalArgumentException bad(String text, String why) {
        return new IllegalArgumentException("not an address: \"" + text + "\": " + why);
    }
}
