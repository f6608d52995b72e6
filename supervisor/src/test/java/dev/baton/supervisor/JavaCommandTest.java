package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaCommandTest {
    private static Optional<JavaCommand> of(String command) {
        return JavaCommand.of(List.of(command.split(" ")));
    }

    @Test
    void isWhatDecidesWhichClassesAreShared() {
        assertEquals(
                Optional.of(new JavaCommand(List.of("-XX:+UseSerialGC", "-Xmx1g"), "shop.jar")),
                of(
                        "java -javaagent:a.jar -Xshare:auto -XX:+UseSerialGC -Dx=y -Xmx1g -Xlog:gc -jar shop.jar -cp other -Xmx2g"));
        assertEquals(
                Optional.of(new JavaCommand(List.of(), "a.jar:lib/*")),
                of("java --add-opens java.base/java.lang=ALL-UNNAMED -cp a.jar:lib/* shop.Main -jar x.jar"));
        assertEquals(
                Optional.of(new JavaCommand(List.of("-XX:-UseCompressedOops"), "b.jar")),
                of("java --class-path=b.jar -XX:-UseCompressedOops shop.Main"));
        assertEquals(
                Optional.of(new JavaCommand(List.of("-XX:+UseCompactObjectHeaders"), "b.jar")),
                of("java -XX:+UseCompactObjectHeaders -jar b.jar"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java",
                "java -version",
                "java -jar",
                "java shop.Main",
                "java -m shop/shop.Main",
                "java -p mods -cp a.jar shop.Main",
                "java --patch-module=java.base=x -jar a.jar",
                "java @options -jar a.jar",
                "java -Xshare:off -jar a.jar",
                "java -XX:SharedArchiveFile=a.jsa -jar a.jar",
                "java -XX:+AutoCreateSharedArchive -jar a.jar",
                "java -XX:AOTCache=a.aot -jar a.jar",
                "java -XX:ArchiveClassesAtExit=a.jsa -jar a.jar"
            })
    void whatCannotHaveAnArchiveOrHasItsOwnIsLeftAlone(String command) {
        assertEquals(Optional.empty(), of(command));
    }
}
