package dev.baton.supervisor.control;

import java.util.Map;

/**
 * What a client asks for, arrived whole.
 *
 * @param query the parameters, decoded; of one given twice the last
 */
record Order(String method, String path, Map<String, String> query, String body) {}
