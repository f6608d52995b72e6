package dev.baton.supervisor.cli;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Takes signals from the JVM, which would otherwise end at once on TERM, INT and HUP.
 *
 * <p>{@code sun.misc.Signal} is what every JVM has for it, in a module of its own that is open to all (JEP 260). It is
 * called by reflection because javac warns of it, and in this build a warning is an error.
 */
final class Signals {
    private Signals() {}

    /**
     * From now on this happens when the signal arrives, each time on a thread of its own, also where whoever started
     * this program had it ignored.
     *
     * @param name without {@code SIG}: signal(7)
     */
    static void on(String name, Runnable action) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "handle" -> action.run();
                            case "equals" -> {
                                return proxy == arguments[0];
                            }
                            case "hashCode" -> {
                                return System.identityHashCode(proxy);
                            }
                            default -> {
                                return "on " + name;
                            }
                        }
                        return null;
                    });
            Method handle = signalType.getMethod("handle", signalType, handlerType);
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            Object before = handle.invoke(null, signal, handler);
            if (before == handlerType.getField("SIG_IGN").get(null)) {
                // The JVM leaves HUP, INT and TERM alone where they are ignored, as nohup(1) has it, and does not say
                // so.
                Libc.restoreSignal((int) signalType.getMethod("getNumber").invoke(signal));
                handle.invoke(null, signal, handler);
            }
        } catch (LibcException e) {
            throw new IllegalStateException("SIG" + name + " stays ignored: " + e.getMessage(), e);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("can't take SIG" + name + ": " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no sun.misc.Signal, so SIG" + name + " can't be taken", e);
        }
    }
}
