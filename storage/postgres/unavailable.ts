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
 * (57, such as shutdown, starting up and statement timeout), and lock not available.
 */
const NOT_NOW = /^(08...|53...|57...|58030|55P03|25P03|40001|40P01)$/;

const READ_ONLY = '25006';

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

/** What the server refuses until an operator changes something, and what that is. */
const REFUSED: readonly (readonly [code: RegExp, message: RegExp, mend: string])[] = [
  [/^28/, /./, 'Correct the user and the password in DATABASE_URL.'],
  [/^3D000$/, /./, 'Create the database, or correct its name in DATABASE_URL.'],
  // A pooler has this code for everything.
  [/^08P01$/, /password authentication failed|no such user|pg_hba/, 'Correct the user and the password in DATABASE_URL.'],
  [/^08P01$/, /no such database|database .* does not exist/, 'Create the database, or correct its name in DATABASE_URL.'],
  [/^08P01$/, /startup parameter/i, 'Take it out of DATABASE_URL, or let the pooler ignore it (ignore_startup_parameters).'],
  [/^42501$/, /./, 'Make the user of DATABASE_URL the owner of the database.'],
  [/^(26000|42P05)$/, /./, 'A pooler shares sessions and hides it. Let DATABASE_URL name PostgreSQL itself.'],
  [/./, /password must be a (non-empty )?string/, 'Put the password into DATABASE_URL.'],
  [/./, /does not support SSL/, 'Take sslmode out of DATABASE_URL, or turn TLS on in the server.'],
  [/CERT|SIGNATURE|^ERR_TLS/, /./, 'Let Node trust its certificate (NODE_EXTRA_CA_CERTS), or correct the host in DATABASE_URL.'],
];

/**
 * The program's word for what the driver threw. A defect of ours comes back as it is. The code of
 * what an operator has to change is `database_refused`. It is retryable, because a running program
 * continues once it is changed.
 */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StatechatError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const [, , mend] = REFUSED.find(([codes, messages]) => codes.test(code || '-') && messages.test(error.message)) ?? [];
  if (mend !== undefined) {
    const message = `PostgreSQL refuses (${error.message}). ${mend}`;
    return new StatechatError('database_refused', message, { retryable: true, expose: false, cause: error, facts: { code } });
  }
  if (code === READ_ONLY) return readOnlyServer(error);
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

/** A standby, or a server on which an operator forbade to write. */
export function readOnlyServer(cause?: unknown): Unavailable {
  const message = 'PostgreSQL takes no writes: it is a standby, or default_transaction_read_only is on. Let DATABASE_URL name the primary.';
  return new Unavailable(message, { code: READ_ONLY }, cause);
}

function outdated(cause: Error): StatechatError {
  return new StatechatError(
    'schema_outdated',
    `The database is not as this version of the program needs it (${cause.message}). Apply its migrations: npm run migrate, as every start does.`,
    { cause, expose: false },
  );
}
