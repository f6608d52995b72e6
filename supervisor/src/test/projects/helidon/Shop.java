import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;

/** {@code Shop HOST PORT}: a server as Helidon's documentation has it, on a virtual thread for each connection. */
final class Shop {
    public static void main(String[] arguments) {
        String name = "shop gen=" + System.getenv("BATON_GENERATION");
        WebServer.builder()
                .host(arguments[0])
                .port(Integer.parseInt(arguments[1]))
                .routing(routing -> routing.get("/", (request, response) -> response.header(HeaderNames.SERVER, name)
                                .send(name + "\n"))
                        .post("/echo", (request, response) -> response.header(HeaderNames.SERVER, name)
                                .send(request.content().as(byte[].class))))
                .build()
                .start();
    }
}
