package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TomlPlacesTest {
    private static final TomlPlaces PLACES = TomlPlaces.of("""
            # name = "not this one"
            name = "a = b" # nor = this
            text = \"\"\"
            two # lines
            and "quotes" \\"\"\"\"\"\"
            command = [ "java", # why
              'shop # jar',
              ["nested", 1],
            ]
            a . "b.c" = 1
            [ upgrade ]
            bake = "5s"
            inline = { first = "1s", deep = { x = [] }, "last" = true }
            [[many]]
            k = 0x10
            [listen.http]
            ä = 1
            end = 1""");

    private static String key(String... path) {
        return text(PLACES.key(List.of(path)));
    }

    private static String value(String... path) {
        return text(PLACES.value(List.of(path)));
    }

    private static String text(Place place) {
        return place.line() + ":" + place.column();
    }

    @Test
    void keysAndValuesAreFoundWhereTheyStand() {
        assertEquals("2:1", key("name"));
        assertEquals("2:8", value("name"));
        assertEquals("3:1", key("text"));
        assertEquals("10:1", key("a"));
        assertEquals("10:5", key("a", "b.c"));
        assertEquals("10:13", value("a", "b.c"));
        assertEquals("11:3", key("upgrade"));
        assertEquals("12:1", key("upgrade", "bake"));
        assertEquals("12:8", value("upgrade", "bake"));
        assertEquals("15:5", value("many", "k"));
        assertEquals("16:9", key("listen", "http"));
        assertEquals("18:7", value("listen", "http", "end"));
    }

    @Test
    void elementsOfArraysAndInlineTablesAreFoundToo() {
        assertEquals("6:11", value("command"));
        assertEquals("6:13", value("command", "0"));
        assertEquals("7:3", value("command", "1"));
        assertEquals("8:14", value("command", "2", "1"));
        assertEquals("13:12", key("upgrade", "inline", "first"));
        assertEquals("13:39", value("upgrade", "inline", "deep", "x"));
        assertEquals("13:45", key("upgrade", "inline", "last"));
    }

    @Test
    void whatIsNotThereIsWhereItWouldBelong() {
        assertEquals("11:3", key("upgrade", "drain"));
        assertEquals("1:1", key("control", "socket"));
    }

    @Test
    void documentThatIsCutShortEndsTheSearch() {
        assertEquals("1:1", text(TomlPlaces.of("a = \"").key(List.of("a"))));
    }
}
