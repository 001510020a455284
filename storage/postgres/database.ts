/**
 * The only way that statements reach PostgreSQL.
 *
 * Owns: which time limit a statement has, retries of what PostgreSQL itself rolled back, and turning the driver's errors into
 * ours. Does not own: the connections (connections.ts), what is asked (commit.ts, work.ts, sessions.ts), how rows are read (decode.ts).
 * Invariants: no call waits for ever; a server that goes away fails the calls in flight with `Unavailable`, and works again
 * once it is back. What runs for long has connections of its own: nothing that a turn or a lease waits for stands behind it.
 */
import { Connections } from '#storage/postgres/connections.ts';
import { rolledBack, translate } from '#storage/postgres/unavailable.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Most connections at a time. Default 8: commits are batched, so more mostly wait for the same disk. Statements that may take long have up to 3 more. Count every instance against the server's `max_connections`. */
  readonly poolSize?: number;
  /** Milliseconds to wait for a connection, new or free. Default 5,000: longer than a dead one is waited for, so that who waits behind those gets what replaces them. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds that the server may work on one statement, unless it may take long. Default 3,000; ours take single milliseconds. A second later the connection counts as dead. With much longer ones a lease can run out behind a single dead connection, and its work is done twice. */
  readonly statementTimeoutMs?: number;
  /** The same for statements over many rows or bytes: lists, searches, deletions, files. Default 10,000. */
  readonly longStatementTimeoutMs?: number;
  /** Told of connections that broke while idle. They are replaced by themselves. */
  readonly onConnectionLost?: (error: Error) => void;
}

export interface Database {
  /** A prepared statement; its name is its name for as long as its text stays the same. `takes: 'long'` for one over rows, or bytes, without number. */
  query(name: string, text: string, values: readonly unknown[], takes?: 'long'): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** Connections for what takes long. It is rare, and people wait for it. */
const LONG_ONES = 3;

/** A statement that lost a deadlock is sent again this often. Each time somebody else got through, so this is plenty. */
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
