/**
 * The strict load client: what an impatient, unforgiving client sees of a server while its versions change.
 *
 * <p>Usable from outside: {@link dev.baton.load.Load}, {@link dev.baton.load.LoadPlan}, {@link dev.baton.load.LoadRun} and what they hand out. It speaks
 * HTTP/1.1 over its own sockets, because an HTTP library repairs exactly what is to be seen here: it retries, reconnects and forgets.
 */
package dev.baton.load;
