/**
 * The only way for statements to PostgreSQL.
 *
 * Owns the time limit of a statement, retries of what PostgreSQL itself rolled back, and the
 * mapping of the driver's errors to ours. Does not own the connections (connections.ts), the
 * statements (commit.ts, work.ts, sessions.ts), how rows are read (decode.ts).
 *
 * Invariants
 * 1. No call waits for ever.
 * 2. A server that goes away fails the calls in flight with `Unavailable`, and the calls work again
 *    once it is back.
 * 3. Long statements have connections of their own, so a turn or a lease never waits behind one.
 */
import { Connections } from '#storage/postgres/connections.ts';
import { rolledBack, translate } from '#storage/postgres/unavailable.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /**
   * Most connections at a time. Default 8. Commits are batched, so more would mostly wait for the
   * same disk. Statements that may take long have up to 3 more. Count every instance against the
   * server's `max_connections`.
   */
  readonly poolSize?: number;
  /**
   * Milliseconds to wait for a connection, new or free. Default 5,000. That is longer than a dead
   * connection is waited for, so a waiting caller gets its replacement.
   */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds that the server may work on one statement, unless it may take long. Default 3,000,
   * while statements take single milliseconds. A second later the connection counts as dead. With a
   * much longer limit a lease can run out behind a single dead connection, and its work is done
   * twice.
   */
  readonly statementTimeoutMs?: number;
  /**
   * The same for statements over many rows or bytes, such as lists, searches, deletions and files.
   * Default 10,000.
   */
  readonly longStatementTimeoutMs?: number;
  /** Called with connections that broke while idle. The pool replaces them. */
  readonly onConnectionLost?: (error: Error) => void;
}

export interface Database {
  /**
   * Prepared statement. Its name never changes while its text stays the same. `takes: 'long'` is
   * for one over many rows or bytes.
   */
  query(name: string, text: string, values: readonly unknown[], takes?: 'long'): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** Connections for what takes long. It is rare, and people wait for it. */
const LONG_ONES = 3;

/**
 * Attempts for a statement that lost a deadlock. Each time another statement got through, so this
 * is plenty.
 */
const RETRIES = 10;

export function openDatabase(options: DatabaseOptions): Database {
  const { connectionString, poolSize = 8, connectTimeoutMs = 5_000, onConnectionLost = () => {} } = options;
  const { statementTimeoutMs = 3_000, longStatementTimeoutMs = 10_000 } = options;
  const shared = { connectionString, connectTimeoutMs, onConnectionLost };
  const prompt = new Connections({ ...shared, size: poolSize, statementTimeoutMs });
  const patient = new Connections({ ...shared, size: LONG_ONES, statementTimeoutMs: longStatementTimeoutMs });

  return {
    async query(name, text, values, takes) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await (takes === 'long' ? patient : prompt).query({ name, text, values: [...values] });
        } catch (error) {
          if (rolledBack(error) && attempt <= RETRIES) continue;
          throw translate(error);
        }
      }
    },
    close: async () => {
      await Promise.all([prompt.close(), patient.close()]);
    },
  };
}
