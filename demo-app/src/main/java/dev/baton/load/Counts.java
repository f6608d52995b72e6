package dev.baton.load;

/**
 * What has happened so far.
 *
 * @param ok requests answered whole and right
 * @param refused see {@link Broken#REFUSED}
 * @param closed see {@link Broken#CLOSED}
 * @param cut see {@link Broken#CUT}
 * @param not2xx see {@link Broken#STATUS}
 * @param wrong see {@link Broken#WRONG}
 * @param timedOut see {@link Broken#TIMEOUT}
 * @param reconnects connections made anew that the mode had not chosen to end: after breakage, or after a polite {@code Connection: close}
 * @param ownTrouble requests that the client itself could not send, for want of ports or descriptors: they prove nothing about the server
 */
public record Counts(
        long ok,
        long refused,
        long closed,
        long cut,
        long not2xx,
        long wrong,
        long timedOut,
        long reconnects,
        long ownTrouble) {

    /** Every request that the server broke. */
    public long broken() {
        return refused + closed + cut + not2xx + wrong + timedOut;
    }

    /** Something was answered, nothing was broken, and the client had no trouble of its own. */
    public boolean clean() {
        return ok > 0 && broken() == 0 && ownTrouble == 0;
    }
}
