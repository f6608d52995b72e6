package dev.baton.supervisor;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A listener as the state file has it: enough to bind it again, and to know its socket for sure when a worker brings it
 * back.
 *
 * @param asked as it was asked for, with a port 0 where the kernel was to choose
 * @param spec as it was bound
 * @param socket its address as the kernel has it: getsockname(2)
 * @param cookie the kernel's own number of it, never given to another: SO_COOKIE
 * @param file which file a unix socket is: device and inode
 */
record HeldListener(String asked, ListenerSpec spec, String socket, long cookie, Optional<String> file) {
    boolean isFor(ListenerSpec wanted) {
        return asked.equals(wanted.toString());
    }

    /** What it is asked for by, where somebody else has bound it and passes it. */
    Optional<ListenerSpec> passed() {
        String address = asked.substring(asked.indexOf('=') + 1);
        return address.startsWith("systemd:")
                ? Optional.of(new ListenerSpec(spec.name(), ListenAddress.parse(address), spec.backlog()))
                : Optional.empty();
    }

    Map<String, Object> write() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("asked", asked);
        json.put("spec", PhaseState.write(spec));
        json.put("socket", socket);
        json.put("cookie", Long.toUnsignedString(cookie));
        file.ifPresent(known -> json.put("file", known));
        return json;
    }

    static HeldListener read(Fields json) {
        return new HeldListener(
                json.text("asked"),
                PhaseState.spec(json.object("spec")),
                json.text("socket"),
                Long.parseUnsignedLong(json.text("cookie")),
                json.optionalText("file"));
    }
}
