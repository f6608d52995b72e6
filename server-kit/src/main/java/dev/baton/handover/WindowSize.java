package dev.baton.handover;

/** How much a terminal shows, in characters. */
public record WindowSize(int columns, int rows) {}
