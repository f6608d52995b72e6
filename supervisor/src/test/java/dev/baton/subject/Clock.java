package dev.baton.subject;

/** An agent, and a program, that tell the time. */
public final class Clock {
    private Clock() {}

    public static void premain(String arguments) {
        System.out.println(System.nanoTime());
    }

    public static void main(String[] arguments) {
        System.out.println(System.nanoTime());
    }
}
