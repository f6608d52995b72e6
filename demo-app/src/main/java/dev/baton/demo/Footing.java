package dev.baton.demo;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.eclipse.jetty.server.Server;

/** What the demo stands on: Baton's kit, or the JDK alone. */
interface Footing extends Closeable {
    /** Which generation of the program this is; 0 where it stands alone. */
    int generation();

    /** Where to listen: what the supervisor holds, or else what the command line says. */
    List<Binding> bindings(List<Binding> whenAlone);

    /** Makes a Jetty that is not yet started stand on it. */
    void install(Server server);

    /** Listens for clients of the line service. The caller closes it. */
    LineListener listen(Binding binding) throws IOException;

    /** Says that the demo can serve; what is to run when it has nothing left to serve is kept until then. */
    void ready(Runnable whenDrained) throws IOException;
}
