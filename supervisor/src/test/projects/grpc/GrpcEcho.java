import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/**
 * {@code server PORT}: a gRPC server as its documentation has it, that says back what it is asked. {@code client PORT}: asks it without a pause, on
 * four connections, and asks nothing twice.
 */
final class GrpcEcho {
    private static final Marshaller<String> TEXT = new Marshaller<>() {
        @Override
        public InputStream stream(String text) {
            return new ByteArrayInputStream(text.getBytes());
        }

        @Override
        public String parse(InputStream in) {
            try {
                return new String(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private static final MethodDescriptor<String, String> ECHO = MethodDescriptor.<String, String>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName("echo/Echo")
            .setRequestMarshaller(TEXT)
            .setResponseMarshaller(TEXT)
            .build();

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        if (arguments[0].equals("server")) {
            serve(port);
        } else {
            ask(port);
        }
    }

    private static void serve(int port) throws Exception {
        Server server = Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
                .addService(ServerServiceDefinition.builder("echo")
                        .addMethod(ECHO, ServerCalls.asyncUnaryCall((text, answer) -> {
                            answer.onNext(text);
                            answer.onCompleted();
                        }))
                        .build())
                .build()
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                server.shutdown().awaitTermination(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        server.awaitTermination();
    }

    private static void ask(int port) {
        for (int i = 0; i < 4; i++) {
            Channel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .disableRetry()
                    .build();
            new Thread(() -> ask(channel)).start();
            new Thread(() -> ask(channel)).start();
        }
    }

    private static void ask(Channel channel) {
        for (int i = 1; true; i++) {
            String asked = "number " + i;
            CallOptions patient = CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS);
            try {
                String answer = ClientCalls.blockingUnaryCall(channel, ECHO, patient, asked);
                if (!answer.equals(asked)) {
                    System.out.println("broken: " + answer);
                } else if (i % 50 == 0) {
                    System.out.println("answered");
                }
            } catch (StatusRuntimeException e) {
                System.out.println("broken: " + e);
                return;
            }
        }
    }
}
