package dev.baton.supervisor.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts variables of the environment into texts: {@code ${VAR}} is the variable's value, {@code $$} is a dollar. What
 * was put in is not looked through again.
 */
record Variables(Map<String, String> environment) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    String expand(String text) throws Wrong {
        StringBuilder expanded = new StringBuilder();
        int at = 0;
        while (true) {
            int dollar = text.indexOf('$', at);
            if (dollar < 0) {
                return expanded.append(text, at, text.length()).toString();
            }
            expanded.append(text, at, dollar);
            if (text.startsWith("$$", dollar)) {
                expanded.append('$');
                at = dollar + 2;
            } else {
                int end = text.indexOf('}', dollar);
                if (!text.startsWith("${", dollar) || end < 0) {
                    throw new Wrong("a single $ means nothing here", alone(text, dollar));
                }
                expanded.append(value(text.substring(dollar + 2, end)));
                at = end + 1;
            }
        }
    }

    private static String alone(String text, int dollar) {
        Matcher name = NAME.matcher(text).region(dollar + 1, text.length());
        String variable = name.lookingAt() ? name.group() : "VAR";
        return "write ${" + variable + "} for the variable, or $$ for a dollar";
    }

    private String value(String name) throws Wrong {
        if (!NAME.matcher(name).matches()) {
            throw new Wrong(
                    "\"" + name + "\" is not a variable's name",
                    "write ${VAR} with letters, digits and _, or $$ for a dollar");
        }
        String value = environment.get(name);
        if (value == null) {
            throw new Wrong(
                    "there is no variable " + name + " in baton's environment", "set it, or write $$ for a dollar");
        }
        return value;
    }
}
