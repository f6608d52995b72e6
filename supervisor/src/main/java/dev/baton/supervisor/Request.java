package dev.baton.supervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An {@link UpgradeRequest} whose environment and directory are already merged with the configured ones. */
record Request(List<String> command, Map<String, String> environment, Optional<Path> directory) {}
