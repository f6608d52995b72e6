package dev.baton.supervisor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Nothing lives, and the lifecycle's thread ends. */
record Stopped(int exitCode) implements Phase {
    @Override
    public String name() {
        return "stopping";
    }

    @Override
    public Life life() {
        throw new IllegalStateException("nothing is left to be remembered");
    }

    @Override
    public List<Seat> seats() {
        return List.of();
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of();
    }

    @Override
    public Step connected(int generation) {
        return stay();
    }

    @Override
    public Step ready(int generation, List<String> missing) {
        return stay();
    }

    @Override
    public Step checked(int generation, Optional<String> failure) {
        return stay();
    }

    @Override
    public Step warmed(int generation) {
        return stay();
    }

    @Override
    public Step accepting(int generation) {
        return stay();
    }

    @Override
    public Step parked(int generation, boolean standsBy) {
        return stay();
    }

    @Override
    public Step drained(int generation) {
        return stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        return stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return stay();
    }

    @Override
    public Step deadline(Timer timer) {
        return stay();
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(new Action.Refuse(answer, "the supervisor has stopped"));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return stay().then(new Action.Refuse(answer, "the supervisor has stopped"));
    }

    @Override
    public Step stopRequested(Answer answer) {
        return stay().then(new Action.Grant(answer, 0));
    }
}
