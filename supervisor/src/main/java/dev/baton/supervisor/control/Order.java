package dev.baton.supervisor.control;

import java.util.Map;

/**
 * What a client asks for, arrived whole.
 *
 * @param query the parameters, decoded; of one given twice the last
 * @param accept the media types that it can read, as it says; empty where it does not
 */
record Order(String method, String path, Map<String, String> query, String accept, String body) {}
