import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Vert.x, which is what Quarkus stands on. */
public final class VertxServer {
    private static final String SERVER = "subject gen=" + System.getenv().getOrDefault("BATON_GENERATION", "0");

    public static void main(String[] arguments) {
        System.setProperty("vertx.disableFileCPResolving", "true"); // no directory that is left where it is killed
        Vertx.vertx()
                .createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> answer(request, body)))
                .listen(Integer.parseInt(arguments[1]), arguments[0]);
    }

    private static void answer(HttpServerRequest request, Buffer body) {
        boolean posted = request.method().name().equals("POST");
        request.response().putHeader("Server", SERVER).end(posted ? body : Buffer.buffer(SERVER + "\n"));
    }
}
