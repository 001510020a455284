import pg from 'pg';
import { StatechatError, Unavailable } from '#machines/errors.ts';

/**
 * The whole transaction was rolled back because of another one. The same statement may simply be
 * sent again.
 */
const ROLLED_BACK: ReadonlySet<string> = new Set(['40001', '40P01']);

/**
 * SQLSTATE classes and codes that pass by themselves. They are connection exceptions (08),
 * insufficient resources (53, such as disk full and too many connections), operator intervention
 * (57, such as shutdown, starting up and statement timeout), lock not available, and a server that
 * is only a standby.
 */
const NOT_NOW = /^(08...|53...|57...|58030|55P03|25006|25P03|40001|40P01)$/;

/** A table or a column is missing. Statements and migrations belong to one version. */
const OUTDATED: ReadonlySet<string> = new Set(['42P01', '42703']);

/**
 * Messages of the driver, without any code, if the server or the connection is gone or too slow.
 */
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
