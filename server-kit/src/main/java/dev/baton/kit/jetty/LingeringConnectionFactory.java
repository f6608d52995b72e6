package dev.baton.kit.jetty;

import java.util.function.BooleanSupplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;

/** In front of the factories of a connector whose connections cannot move: see {@link LingeringEndPoint}. */
final class LingeringConnectionFactory extends FirstConnectionFactory {
    private final BooleanSupplier isDraining;

    LingeringConnectionFactory(BooleanSupplier isDraining) {
        super("baton");
        this.isDraining = isDraining;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return nextConnection(connector, new LingeringEndPoint(endPoint, isDraining));
    }
}
