package dev.baton.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class MessageTest {
    static List<Message> everyMessage() {
        return Examples.all();
    }

    @ParameterizedTest
    @MethodSource("everyMessage")
    void everyMessageComesBackAsItWas(Message message) throws Exception {
        assertEquals(message, Message.decode(message.encode()));
    }

    @Test
    void theExamplesHaveEveryTypeOfMessage() {
        Set<Class<?>> types =
                Arrays.stream(Message.class.getPermittedSubclasses()).collect(Collectors.toSet());
        assertEquals(types, Examples.all().stream().map(Message::getClass).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("everyMessage")
    void everyKeyIsNeeded(Message message) {
        String[] lines = message.encode().split("\n");
        for (int left = 0; left < lines.length; left++) {
            int without = left;
            String text = IntStream.range(0, lines.length)
                    .filter(i -> i != without)
                    .mapToObj(i -> lines[i] + "\n")
                    .collect(Collectors.joining());
            assertThrows(IOException.class, () -> Message.decode(text), () -> "without " + lines[without]);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TYPE=hello\nPID=\nTOKEN=x\n",
                "TYPE=hello\nPID=one\nTOKEN=x\n",
                "TYPE=hello\nPID=1\nPID=1\nTOKEN=x\n",
                "TYPE=hello\nPID=4294967297\nTOKEN=x\n",
                "TYPE=hello\nPID=-1\nTOKEN=x\n",
                "TYPE=hello\nPID=99999999999999999999\nTOKEN=x\n",
                "TYPE=drained\nCUT=-1\n",
                "TYPE=drained\nCUT=1001\n",
                "TYPE=drained\nCUT=9223372036854775807\n",
                "TYPE=drained\nCUT=1000\nCUT.0=x\n",
                "TYPE=drain\nDEADLINE_MS=-1\n",
                "TYPE=drain\nDEADLINE_MS=9223372036854775807\n",
                "TYPE=progress\nACTIVE=-1\nIDLE=0\nHANDED_OVER=0\n",
                "TYPE=listeners\nAPP=a\nGENERATION=1\nCOUNT=1000000\n",
                "TYPE=listeners\nAPP=a\nGENERATION=4294967297\nCOUNT=0\n",
                "TYPE=listeners\nAPP=a\nGENERATION=1\nCOUNT=1\nNAME.0=HTTP\nADDRESS.0=:80\nBACKLOG.0=1\n",
                "TYPE=listeners\nAPP=a\nGENERATION=1\nCOUNT=1\nNAME.0=http\nADDRESS.0=80\nBACKLOG.0=1\n",
                "TYPE=listeners\nAPP=a\nGENERATION=1\nCOUNT=1\nNAME.0=http\nADDRESS.0=:80\nBACKLOG.0=0\n",
                "TYPE=listeners\nAPP=a\nGENERATION=1\nCOUNT=1\nNAME.0=http\nADDRESS.0=:80\nBACKLOG.0=4294967297\n"
            })
    void whatCannotBeIsRefused(String text) {
        assertThrows(IOException.class, () -> Message.decode(text));
    }

    @Test
    void whatIsMoreThanWeKnowIsIgnored() throws Exception {
        assertEquals(new Message.Taken(3), Message.decode("TYPE=taken\nID=3\nSINCE_VERSION=2\n"));
    }

    /** It is a newer version's: one word of it must not cost the channel, again and again. */
    @ParameterizedTest
    @ValueSource(strings = {"TYPE=novelty\n", "TYPE=novelty\nPID=one\nSTATUSES=-1\n", "TYPE=Hello\n", "TYPE=\n"})
    void typeThatWeDoNotKnowIsAMessageAllTheSame(String text) throws Exception {
        assertInstanceOf(Message.Unknown.class, Message.decode(text));
    }

    @Test
    void figuresOfAnotherVersionAreNone() throws Exception {
        String text = new Message.Served(Traffic.NONE).encode().replace("STATUSES=6", "STATUSES=5");
        assertInstanceOf(Message.Unknown.class, Message.decode(text));
    }

    @Test
    void aRefusalQuotesNoMoreThanALineOfIt() throws Exception {
        Message unknown = Message.decode("TYPE=" + "x".repeat(60_000) + "\n");
        assertTrue(unknown.toString().length() < 200, unknown::toString);
        IOException refused =
                assertThrows(IOException.class, () -> Message.decode("TYPE=taken\nID=" + "x".repeat(60_000) + "\n"));
        assertTrue(
                refused.getMessage().length() < 200, () -> refused.getMessage().length() + " characters");
    }

    /** Were it too long to be sent, the supervisor would never hear that a large worker has drained. */
    @Test
    void whatWasCutFitsAFrameHoweverMuchItWas() throws Exception {
        List<String> much = IntStream.range(0, 20_000)
                .mapToObj(i -> "line /127.0.0.1:" + i + " open for 3 s, at work")
                .toList();
        List<String> long_ = List.of("ü\n\\".repeat(40_000), "short");
        for (List<String> cut : List.of(much, long_)) {
            Message.Drained drained = new Message.Drained(cut);
            String text = drained.encode();
            assertTrue(text.getBytes(StandardCharsets.UTF_8).length <= HandoverChannel.LONGEST_FRAME);
            assertEquals(drained, Message.decode(text));
        }
        List<String> shortened = new Message.Drained(much).cut();
        assertEquals(much.get(0), shortened.get(0));
        assertEquals("and " + (20_000 - shortened.size() + 1) + " more", shortened.get(shortened.size() - 1));
    }

    @Test
    void randomTextCausesIoExceptionsAndNothingElse() {
        long seed = System.nanoTime();
        System.out.println("seed of the random texts: " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String text = mutated(Examples.any(random).encode(), random);
            try {
                Message.decode(text);
            } catch (IOException e) {
                // As it should be.
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": \"" + text + "\"", e);
            }
        }
    }

    private static String mutated(String text, Random random) {
        StringBuilder mutated = new StringBuilder(text);
        for (int changes = random.nextInt(4); changes >= 0 && mutated.length() > 0; changes--) {
            int at = random.nextInt(mutated.length());
            switch (random.nextInt(4)) {
                case 0 -> mutated.setCharAt(at, (char) random.nextInt(300));
                case 1 -> mutated.deleteCharAt(at);
                case 2 -> mutated.insert(at, random.nextBoolean() ? "9" : "-");
                default -> mutated.insert(at, "\n");
            }
        }
        return mutated.toString();
    }
}
