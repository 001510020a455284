import pg from 'pg';
import { StatechatError, Unavailable } from '#machines/errors.ts';

/** The transaction was rolled back whole for somebody else's sake: the same statement may simply be sent again. */
const ROLLED_BACK: ReadonlySet<string> = new Set(['40001', '40P01']);

/**
 * SQLSTATE classes and codes that say "not now": connection exceptions (08), insufficient resources (53: disk full,
 * too many connections), operator intervention (57: shutdown, starting up, statement timeout), lock not available,
 * a server that is only a standby.
 */
const NOT_NOW = /^(08...|53...|57...|58030|55P03|25006|25P03|40001|40P01)$/;

/** A table or a column that is not there: our statements and our migrations are of one version. */
const OUTDATED: ReadonlySet<string> = new Set(['42P01', '42703']);

/** What the driver says, without any code, when the server or the way to it is gone or too slow. */
const LOST = /connection|timeout|timed out|not queryable|socket|client was closed|cannot use a pool/i;

export function rolledBack(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ROLLED_BACK.has(error.code ?? '');
}

/** A row was there already that this index allows only once. */
export function violates(error: unknown, index: string): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === index;
}

/** The program's word for what the driver threw. A defect of ours comes back as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StatechatError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const lost =
    error instanceof pg.DatabaseError
      ? NOT_NOW.test(code)
      : /^E[A-Z_]{3,}$/.test(code) || LOST.test(error.message) || error instanceof AggregateError;
  if (!lost) return OUTDATED.has(code) ? outdated(error) : error;
  return new Unavailable(
    `PostgreSQL could not be reached or did not answer in time (${error.message || code}). It is tried again.`,
    { code },
    error,
  );
}

function outdated(cause: Error): StatechatError {
  return new StatechatError(
    'schema_outdated',
    `The database is not as this version of the program needs it (${cause.message}). Apply its migrations: npm run migrate, as every start does.`,
    { cause, expose: false },
  );
}
