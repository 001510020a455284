/** The store's clock in SQL, in milliseconds since the epoch. Cut off, not rounded: a time that is over must not seem to be still to come. */
export const NOW = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
