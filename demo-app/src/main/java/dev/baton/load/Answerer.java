package dev.baton.load;

/**
 * Who answered, as the demo application says it of itself.
 *
 * @param label its label
 * @param generation its generation; 0 where it stands alone
 */
public record Answerer(String label, int generation) implements Comparable<Answerer> {
    @Override
    public int compareTo(Answerer other) {
        int byGeneration = Integer.compare(generation, other.generation);
        return byGeneration != 0 ? byGeneration : label.compareTo(other.label);
    }

    @Override
    public String toString() {
        return label + " gen=" + generation;
    }
}
