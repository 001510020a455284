/**
 * The connections to PostgreSQL, and the only way that statements reach it.
 *
 * Owns: the pool, its timeouts, planner settings, retries of what PostgreSQL itself rolled back, and turning the
 * driver's errors into ours. Does not own: what is asked (commit.ts, work.ts, sessions.ts), how rows are read (decode.ts).
 * Invariants: no call waits for ever; a server that goes away fails the calls in flight with `Unavailable` and the pool
 * connects anew once it is back.
 */
import pg from 'pg';
import { rolledBack, translate } from '#storage/postgres/unavailable.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Most connections at a time. Default 8: commits are batched, so more mostly wait for the same disk. Count every instance against the server's `max_connections`. */
  readonly poolSize?: number;
  /** Milliseconds to wait for a connection, new or free. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds that the server may work on one statement. Default 10,000; our own statements take single milliseconds. */
  readonly statementTimeoutMs?: number;
  /** Told of connections that broke while idle. They are replaced by themselves. */
  readonly onConnectionLost?: (error: Error) => void;
}

export interface Database {
  /** A prepared statement; its name is its name for as long as its text stays the same. */
  query(name: string, text: string, values: readonly unknown[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** How much longer than the server's own timeout we wait for its word of it, before the connection counts as dead. */
const GRACE_MS = 2_000;

/** A statement that lost a deadlock is sent again this often. Each time somebody else got through, so this is plenty. */
const RETRIES = 10;

/**
 * All of our statements look up rows by index, one by one. The planner is held to that: its plans are kept, and one that
 * was made while a table was empty must not scan it once it has grown. Planning anew each time would cost more than running.
 */
const PLANNER = ['seqscan', 'hashjoin', 'mergejoin', 'material']
  .map((method) => `set enable_${method} = off`)
  .concat('set jit = off', 'set plan_cache_mode = force_generic_plan')
  .join('; ');

export function openDatabase(options: DatabaseOptions): Database {
  const statementTimeout = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolSize ?? 8,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + GRACE_MS,
    keepAlive: true,
    application_name: 'statechat',
    types: { getTypeParser },
    onConnect: async (client) => {
      await client.query(PLANNER);
    },
  });
  let closing: Promise<void> | undefined;
  // Without a listener, a server that restarts would end this process.
  // As our own error: the driver hangs the whole connection on to its own, and a log line of that is 80 KB.
  pool.on('error', (error) => {
    // While it is closed, connections that end are what was asked for.
    if (closing === undefined) options.onConnectionLost?.(new Error(error.message));
  });

  return {
    async query(name, text, values) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const result = await pool.query({ name, text, values: [...values] });
          return result.rows;
        } catch (error) {
          if (rolledBack(error) && attempt <= RETRIES) continue;
          throw translate(error);
        }
      }
    },
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
}

/** bigint comes as a number: ours are milliseconds, far below 2^53. */
const BIGINT = 20;

function getTypeParser(type: number, format?: 'text' | 'binary') {
  return type === BIGINT ? Number : pg.types.getTypeParser(type, format);
}
