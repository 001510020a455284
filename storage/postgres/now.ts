/**
 * Store's clock in SQL, in milliseconds since the epoch. Cut off and not rounded, because a past
 * time must not seem to be in the future.
 */
export const NOW = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
