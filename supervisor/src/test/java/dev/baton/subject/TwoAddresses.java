package dev.baton.subject;

/** Listens at two addresses with one port. */
public final class TwoAddresses {
    private TwoAddresses() {}

    public static void main(String[] arguments) throws Exception {
        for (String host : arguments[0].split(",")) {
            JdkHttpServer.main(new String[] {host, arguments[1]});
        }
    }
}
