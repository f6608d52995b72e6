package dev.baton.agent;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * An object of the program's, as that which a method says it returns: its own class may be nobody else's business.
 *
 * @param type whose methods are asked for
 */
record Reflected(Class<?> type, Object value) {
    static Reflected as(String type, Object value) throws ClassNotFoundException {
        return new Reflected(Class.forName(type, false, value.getClass().getClassLoader()), value);
    }

    /** What a method without parameters returns. */
    Reflected get(String name) throws ReflectiveOperationException {
        return invoke(type.getMethod(name));
    }

    /** What a field holds that a superclass may have declared. */
    Object field(String name) throws ReflectiveOperationException {
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field.get(value);
                }
            }
        }
        throw new NoSuchFieldException(type + "." + name);
    }

    /** The one public method of so many parameters. */
    Reflected call(String name, Object... arguments) throws ReflectiveOperationException {
        return invoke(
                Arrays.stream(type.getMethods())
                        .filter(each -> each.getName().equals(name) && each.getParameterCount() == arguments.length)
                        .findFirst()
                        .orElseThrow(() -> new NoSuchMethodException(type + "." + name)),
                arguments);
    }

    private Reflected invoke(Method method, Object... arguments) throws ReflectiveOperationException {
        method.setAccessible(true);
        return new Reflected(method.getReturnType(), method.invoke(value, arguments));
    }
}
