/**
 * Connections to PostgreSQL, all with one time limit for a statement.
 *
 * Owns: the pool, the limit on both sides, planner settings, and which connections are still believed in.
 * Does not own: what is asked, and what an error means to whoever asks (database.ts).
 * Invariants: no call waits for ever. The server gives a statement up before we do, so nothing is done later on that its caller has
 * tried again meanwhile. A connection that did not answer in time is thrown away, and so is each that has said nothing since that
 * statement was sent: what swallows one swallows its neighbours, and each would cost the next statement its whole limit.
 */
import pg from 'pg';

export interface ConnectionsOptions {
  readonly connectionString: string;
  /** Most at a time. */
  readonly size: number;
  /** Milliseconds to wait for a connection, new or free. */
  readonly connectTimeoutMs: number;
  /** Milliseconds that the server may work on one statement. */
  readonly statementTimeoutMs: number;
  /** Told of connections that broke while idle. They are replaced by themselves. */
  readonly onConnectionLost: (error: Error) => void;
}

/** How much longer than the server's own limit we wait for its word of it, before the connection counts as dead. */
const GRACE_MS = 1_000;

/**
 * All of our statements look up rows by index, one by one. The planner is held to that: its plans are kept, and one that
 * was made while a table was empty must not scan it once it has grown. Planning anew each time would cost more than running.
 */
const PLANNER = ['seqscan', 'hashjoin', 'mergejoin', 'material']
  .map((method) => `set enable_${method} = off`)
  .concat('set jit = off', 'set plan_cache_mode = force_generic_plan')
  .join('; ');

export class Connections {
  readonly #pool: pg.Pool;
  /** When each was made or last answered, by the steady clock. */
  readonly #heardAt = new WeakMap<pg.PoolClient, number>();
  /** Who has not been heard of since is not believed in: that is when something was sent that got no answer. */
  #silentSince = 0;
  #closing: Promise<void> | undefined;

  constructor({ connectionString, size, connectTimeoutMs, statementTimeoutMs, onConnectionLost }: ConnectionsOptions) {
    this.#pool = new pg.Pool({
      connectionString,
      max: size,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + GRACE_MS,
      keepAlive: true,
      application_name: 'statechat',
      types: { getTypeParser },
      onConnect: async (client) => {
        await client.query(PLANNER);
      },
    });
    this.#pool.on('connect', (client) => {
      this.#heardAt.set(client, performance.now());
      // The statement under way rejects with it; the event itself must not end the process.
      client.on('error', () => {});
    });
    // As our own error: the driver hangs the whole connection on to its own, and a log line of that is 80 KB.
    this.#pool.on('error', (error) => {
      // While it is closed, connections that end are what was asked for.
      if (this.#closing === undefined) onConnectionLost(new Error(error.message));
    });
  }

  async query(statement: pg.QueryConfig): Promise<readonly unknown[]> {
    const client = await this.#believed();
    const sentAt = performance.now();
    try {
      const { rows } = await client.query(statement);
      this.#heardAt.set(client, performance.now());
      client.release();
      return rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) this.#silentSince = Math.max(this.#silentSince, sentAt);
      client.release(true);
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
      if ((this.#heardAt.get(client) ?? 0) >= this.#silentSince) return client;
      client.release(true);
      // Not only said goodbye to: nobody may be there to answer that.
      client.connection.stream.destroy();
    }
  }
}

/** bigint comes as a number: ours are milliseconds, far below 2^53. */
const BIGINT = 20;

function getTypeParser(type: number, format?: 'text' | 'binary') {
  return type === BIGINT ? Number : pg.types.getTypeParser(type, format);
}
