/**
 * How long tests wait that have no limit of their own, in milliseconds. Vitest would give up after
 * a second, in which a busy machine may give a process no time at all. A limit costs nothing while
 * what is waited for comes. It is below the time of a test, so that a failure says what did not
 * come.
 */
export const PATIENCE_MS = 60_000;
