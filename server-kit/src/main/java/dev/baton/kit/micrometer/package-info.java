/** What a worker counts, for Micrometer. Nothing else of the kit needs that library. */
package dev.baton.kit.micrometer;
