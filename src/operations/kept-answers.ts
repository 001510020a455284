/** Port for the answers that are kept for requests with an idempotency key. */
import type { ExpiringRecords } from '#storage/expiring-records.ts';

export type KeptAnswers = Pick<ExpiringRecords, 'expiringRecord' | 'putExpiringRecord' | 'removeExpiringRecord'>;
