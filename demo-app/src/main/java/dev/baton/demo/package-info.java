/**
 * The demonstration: an ordinary Jetty application and a line service, small enough to read, with every kind of connection that an
 * upgrade can break.
 *
 * <p>Reading order: {@link dev.baton.demo.DemoApp}, {@link dev.baton.demo.Demo}, then {@link dev.baton.demo.Footing} and its two
 * kinds: all that the kit changes in a program is in the difference between them.
 */
package dev.baton.demo;
