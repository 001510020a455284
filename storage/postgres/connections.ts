/**
 * Connections to PostgreSQL, all with one time limit for a statement.
 *
 * Owns the pool, the limit on both sides, planner settings, and which connections are still
 * trusted. Does not own the statements, and the meaning of an error for the caller (database.ts).
 *
 * Invariants
 * 1. No call waits for ever.
 * 2. The server ends a statement before the client gives up, so nothing is executed later that the
 *    caller has retried meanwhile.
 * 3. A connection that did not answer in time is closed, and so is each that has been silent since
 *    that statement was sent. A fault that swallows one swallows the others too, and each would
 *    cost the next statement its whole limit.
 * 4. A connection to a pooler keeps nothing from one statement to the next (pooler.ts). Each
 *    statement has a transaction with settings of its own, which costs two more round trips.
 */
import pg from 'pg';
import { behindPooler } from '#storage/postgres/pooler.ts';

export interface ConnectionsOptions {
  readonly connectionString: string;
  /** Most at a time. */
  readonly size: number;
  /** Milliseconds to wait for a connection, new or free. */
  readonly connectTimeoutMs: number;
  /** Milliseconds that the server may work on one statement. */
  readonly statementTimeoutMs: number;
  /** Called with connections that broke while idle. The pool replaces them. */
  readonly onConnectionLost: (error: Error) => void;
}

/**
 * How much longer than the server's own limit the client waits for an answer, before the connection
 * counts as dead.
 */
const GRACE_MS = 1_000;

/**
 * Settings of a session, or of a transaction with `set local`.
 *
 * All statements look up rows by index, one by one. The planner is held to that. Its plans are
 * cached, and a plan for an empty table must not scan the table once it has grown. Planning each
 * time would cost more than running.
 */
function settings(set: 'set' | 'set local', statementTimeoutMs: number): string {
  return [
    ...['seqscan', 'hashjoin', 'mergejoin', 'material'].map((method) => `enable_${method} = off`),
    'jit = off',
    'plan_cache_mode = force_generic_plan',
    `statement_timeout = ${statementTimeoutMs}`,
    `idle_in_transaction_session_timeout = ${statementTimeoutMs}`,
  ]
    .map((setting) => `${set} ${setting}`)
    .join('; ');
}

export class Connections {
  readonly #pool: pg.Pool;
  /** Begins a transaction behind a pooler. */
  readonly #begin: string;
  /** Connections to a pooler. */
  readonly #pooled = new WeakSet<pg.ClientBase>();
  /** When each was made or last answered, by the steady clock. */
  readonly #receivedAt = new WeakMap<pg.PoolClient, number>();
  /**
   * A connection that was silent since then is not trusted, because a statement that was sent at
   * that time got no answer.
   */
  #silentSince = 0;
  #closing: Promise<void> | undefined;

  constructor({ connectionString, size, connectTimeoutMs, statementTimeoutMs, onConnectionLost }: ConnectionsOptions) {
    this.#begin = `begin; ${settings('set local', statementTimeoutMs)}`;
    this.#pool = new pg.Pool({
      connectionString,
      max: size,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs + GRACE_MS,
      keepAlive: true,
      application_name: 'statechat',
      types: { getTypeParser },
      onConnect: async (client) => {
        if (await behindPooler(client)) this.#pooled.add(client);
        else await client.query(settings('set', statementTimeoutMs));
      },
    });
    this.#pool.on('connect', (client) => {
      this.#receivedAt.set(client, performance.now());
      // The statement under way rejects with it. The event itself must not end the process.
      client.on('error', () => {});
    });
    // Wrapped as our own error, because the driver attaches the whole connection to its own, which
    // makes a log line of 80 KB.
    this.#pool.on('error', (error) => {
      // While the pool closes, connections end on purpose.
      if (this.#closing === undefined) onConnectionLost(new Error(error.message));
    });
  }

  async query(statement: pg.QueryConfig): Promise<readonly unknown[]> {
    const client = await this.#believed();
    const sentAt = performance.now();
    try {
      const { rows } = this.#pooled.has(client) ? await this.#alone(client, statement) : await client.query(statement);
      this.#receivedAt.set(client, performance.now());
      client.release();
      return rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) this.#silentSince = Math.max(this.#silentSince, sentAt);
      client.release(true);
      throw error;
    }
  }

  /** The statement in a transaction with settings of its own, and not prepared. */
  async #alone(client: pg.PoolClient, { text, values }: pg.QueryConfig): Promise<pg.QueryResult> {
    try {
      // A setting that the server refuses leaves the transaction open too.
      await client.query(this.#begin);
      const result = await client.query({ text, ...(values === undefined ? {} : { values }) });
      await client.query('commit');
      return result;
    } catch (error) {
      // Else the pooler would close its connection to the server.
      if (error instanceof pg.DatabaseError) await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  async #believed(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if ((this.#receivedAt.get(client) ?? 0) >= this.#silentSince) return client;
      client.release(true);
      // Destroyed and not only ended, because there may be no peer to answer.
      client.connection.stream.destroy();
    }
  }
}

/** bigint comes as a number. Ours are milliseconds, far below 2^53. */
const BIGINT = 20;

function getTypeParser(type: number, format?: 'text' | 'binary') {
  return type === BIGINT ? Number : pg.types.getTypeParser(type, format);
}
