/** The worker's side. */
package dev.baton.kit;
