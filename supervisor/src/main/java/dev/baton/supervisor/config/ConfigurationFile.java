package dev.baton.supervisor.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/**
 * A configuration file in TOML, which can be read again and again.
 *
 * @param path as the user named it
 * @param environment what {@code ${VAR}} is taken from
 */
public record ConfigurationFile(Path path, Map<String, String> environment) {
    private static final int LONGEST = 1 << 20;

    /** What need not stand in the file, because the command line says it. */
    public record Elsewhere(boolean listener, boolean command, Optional<String> warmUpListener) {}

    /**
     * Reads it, touching nothing.
     *
     * @throws ConfigurationException with every mistake in it; where the TOML itself is wrong, with the first one
     */
    public Configuration read(Elsewhere elsewhere) throws ConfigurationException {
        return read(elsewhere, Accounts.OF_THIS_MACHINE);
    }

    Configuration read(Elsewhere elsewhere, Accounts accounts) throws ConfigurationException {
        String text = text();
        Map<String, Object> root = parse(text);
        List<Mistake> mistakes = new ArrayList<>();
        Section.Document document =
                new Section.Document(path.toString(), TomlPlaces.of(text), new Variables(environment), mistakes);
        Configuration configuration = new Keys(path.toAbsolutePath().normalize(), accounts)
                .read(new Section(document, List.of(), root), elsewhere);
        if (!mistakes.isEmpty()) {
            throw new ConfigurationException(mistakes);
        }
        return configuration;
    }

    private String text() throws ConfigurationException {
        try {
            if (Files.isRegularFile(path) && Files.size(path) > LONGEST) {
                throw wrong(Place.NONE, "it is longer than 1 MiB", "no configuration is", "is it the right file?");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(path)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw wrong(Place.NONE, "it is not UTF-8", "TOML always is", "save it in UTF-8");
        } catch (NoSuchFileException e) {
            throw wrong(Place.NONE, "cannot be read", "there is no such file", "give the path of one");
        } catch (IOException e) {
            String why = Files.isDirectory(path) ? "it is a directory" : e.toString();
            throw wrong(Place.NONE, "cannot be read", why, "let this user read it, or give another");
        }
    }

    private Map<String, Object> parse(String text) throws ConfigurationException {
        try {
            return TomlText.read(text);
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            Place place = at == null || at.getLineNr() < 1 ? Place.START : new Place(at.getLineNr(), at.getColumnNr());
            throw wrong(place, "this is not TOML", e.getOriginalMessage(), remedy(e.getOriginalMessage()));
        }
    }

    private static String remedy(String message) {
        return message.startsWith("Duplicate") || message.startsWith("Table redefined")
                ? "say each only once"
                : "texts and durations stand in quotes, like \"5s\"; what follows was not looked at";
    }

    private ConfigurationException wrong(Place place, String what, String why, String remedy) {
        return new ConfigurationException(List.of(new Mistake(path.toString(), place, what, why, remedy)));
    }
}
