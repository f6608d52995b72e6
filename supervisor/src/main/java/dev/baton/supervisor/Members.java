package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Traffic;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The workers that live, by generation, and what those have counted that have gone: together they never become less.
 *
 * <p>Threading: any.
 */
final class Members {
    private final Map<Integer, Member> living = new ConcurrentHashMap<>();
    private long handedOverByGone;
    private Traffic servedByGone = Traffic.NONE;

    Optional<Member> find(int generation) {
        return Optional.ofNullable(living.get(generation));
    }

    void add(Member member) {
        living.put(member.worker().generation(), member);
    }

    /** It has gone: what it had counted stays. */
    synchronized Optional<Member> remove(int generation) {
        Optional<Member> gone = Optional.ofNullable(living.remove(generation));
        gone.ifPresent(member -> {
            handedOverByGone += member.handedOver();
            servedByGone = servedByGone.plus(member.traffic());
        });
        return gone;
    }

    /** A view. */
    Collection<Member> living() {
        return living.values();
    }

    boolean anyInherits() {
        return living.values().stream().anyMatch(Member::inherits);
    }

    /** What another supervisor must know of them. */
    List<State.LivingWorker> recorded() {
        return living.values().stream().map(Member::recorded).toList();
    }

    /** Where what they print comes out, by generation. */
    Map<Integer, List<Fd>> reading() {
        Map<Integer, List<Fd>> reading = new HashMap<>();
        living.forEach((generation, member) -> {
            if (!member.process().reading().isEmpty()) {
                reading.put(generation, member.process().reading());
            }
        });
        return reading;
    }

    // ---- what they have counted ----

    /** Goes on from what workers of a supervisor before had counted and gone. */
    synchronized void restore(Totals before) {
        handedOverByGone = before.handedOver();
        servedByGone = before.served();
    }

    /** These, and what those workers have counted that tell it to nobody any more: they have gone, or said goodbye. */
    synchronized Totals totals(UpgradeTotals upgrades, long restarts) {
        long handedOver = handedOverByGone;
        Traffic served = servedByGone;
        for (Member member : living.values()) {
            if (member.isLeaving()) {
                handedOver += member.handedOver();
                served = served.plus(member.traffic());
            }
        }
        return new Totals(handedOver, served, upgrades, restarts);
    }

    /** Connections that workers have handed on, whether they are here or have gone. */
    synchronized long handedOver() {
        return handedOverByGone
                + living.values().stream().mapToLong(Member::handedOver).sum();
    }

    /** What workers have served, whether they are here or have gone. */
    synchronized Traffic traffic() {
        return servedByGone.plus(servedByLiving());
    }

    /** What the workers that are here have served; a candidate has served nobody. */
    Traffic servedByLiving() {
        return living.values().stream().map(Member::traffic).reduce(Traffic.NONE, Traffic::plus);
    }
}
