/** Limits of an analysis session (SPEC A11). */

/** Queries that one session records. The next one is refused. */
export const MAX_QUERIES = 1_000;

export const DEFAULT_TTL_HOURS = 24;

/** Hours from its beginning after which a session ends, however often it was extended. */
export const MAX_TTL_HOURS = 168;

export const HOUR_MS = 3_600_000;

/** Queries that the machine itself remembers. The journal has all of them. */
export const RECENT_QUERIES = 10;
