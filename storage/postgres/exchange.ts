/**
 * Exchange over PostgreSQL's LISTEN and NOTIFY, for instances without Redis. It has messages only
 * and no streams.
 *
 * Owns one connection beside the pool, which listens and notifies. Does not own the content of
 * messages.
 *
 * Invariants
 * 1. No caller waits for it. A message that cannot be sent while the connection is away is dropped.
 * 2. A turn pays nothing. Messages are no part of its statement, whose commits PostgreSQL would
 *    then serialise. They are sent together, one statement at a time, without waiting for the disk.
 */
import pg from 'pg';
import type { Exchange, ExchangeListener } from '#storage/exchange.ts';
import { behindPooler, sharesSessions } from '#storage/postgres/pooler.ts';
import { connected } from '#storage/postgres/single-connection.ts';

export interface PostgresExchangeOptions {
  readonly connectionString: string;
  readonly onConnectionLost?: (error: Error) => void;
  /** Called if a pooler between passes no messages on. Then `well` stays false. */
  readonly onNoMessages?: () => void;
}

/** PostgreSQL takes less than 8,000 bytes. */
const MAX_MESSAGE = 7_500;
/** Most messages that may wait to be sent. Beyond it a message is dropped. */
const MAX_WAITING = 10_000;
/** Milliseconds that the server may take for one round before the connection counts as dead. */
const TIMEOUT_MS = 3_000;
/** Interval of connection attempts while there is nothing to send, in milliseconds. */
const PULSE_MS = 1_000;
const RETRY_MS = 250;
/** How long a message of our own may take through a pooler, in milliseconds. */
const ECHO_MS = 2_000;
const ECHO = '"echo"';
const EVERYBODY = 'statechat';

const SEND = 'select pg_notify(n.channel, n.payload) from unnest($1::text[], $2::text[]) as n(channel, payload)';

interface Outgoing {
  readonly channel: string;
  readonly payload: string;
}

export function createPostgresExchange(options: PostgresExchangeOptions): Exchange {
  const waiting: Outgoing[] = [];
  let client: pg.Client | undefined;
  let listening = false;
  /** The connection is one to a pooler, so it prepares no statement. */
  let pooled = false;
  let sending = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let own = '';
  let listener: ExchangeListener = { receive: () => {}, connected: () => {} };

  function lose(current: pg.Client, error: Error): void {
    if (client !== current) return;
    client = undefined;
    listening = false;
    waiting.length = 0;
    current.end().catch(() => {});
    if (closed) return;
    options.onConnectionLost?.(error);
    timer = setTimeout(() => void connect(), RETRY_MS);
    timer.unref();
  }

  async function connect(): Promise<void> {
    const current = new pg.Client({
      connectionString: options.connectionString,
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
      application_name: 'statechat exchange',
    });
    client = current;
    current.on('error', (error) => lose(current, error));
    current.on('end', () => lose(current, new Error('the connection ended')));
    current.on('notification', ({ payload }) => {
      const message = parsed(payload ?? '');
      if (message !== undefined && payload !== ECHO) listener.receive(message);
    });
    try {
      await current.connect();
      pooled = await behindPooler(current);
      // A LISTEN would stay in a session of the server that others use.
      if (pooled && (await sharesSessions(current, options.connectionString))) {
        options.onNoMessages?.();
        return pulse(current);
      }
      // A message that a crash of the server loses was only to save time. Behind a pooler the
      // setting would reach the turns of others.
      await current.query(`${pooled ? '' : 'set synchronous_commit = off; '}listen ${EVERYBODY}; listen ${own}`);
      if (pooled && !(await echoes(current))) {
        options.onNoMessages?.();
        return pulse(current);
      }
      if (client !== current) return;
      listening = true;
      listener.connected();
      pulse(current);
    } catch (error) {
      lose(current, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Whether a message that another connection sends arrives at this one. */
  async function echoes(current: pg.Client): Promise<boolean> {
    const arrived = new Promise<boolean>((resolve) => {
      current.on('notification', ({ payload }) => payload === ECHO && resolve(true));
      setTimeout(() => resolve(false), ECHO_MS).unref();
    });
    await connected(options.connectionString, (other) => other.query(SEND, [[own], [ECHO]]));
    return arrived;
  }

  function pulse(current: pg.Client): void {
    timer = setTimeout(() => {
      current.query('select 1').then(
        () => {
          if (client === current && !closed) pulse(current);
        },
        (error: Error) => lose(current, error),
      );
    }, PULSE_MS);
    timer.unref();
  }

  async function flush(): Promise<void> {
    for (let current = client; current !== undefined && listening && waiting.length > 0; current = client) {
      const batch = waiting.splice(0, 500);
      try {
        await current.query({
          ...(pooled ? {} : { name: 'send' }),
          text: SEND,
          values: [batch.map(({ channel }) => channel), batch.map(({ payload }) => payload)],
        });
      } catch (error) {
        lose(current, error instanceof Error ? error : new Error(String(error)));
      }
    }
    sending = false;
  }

  return {
    capabilities: { type: 'postgres', streams: false, maxMessage: MAX_MESSAGE },

    get well() {
      return listening;
    },

    start(name, receive) {
      listener = receive;
      own = channelOf(name);
      void connect();
    },

    send(message, to) {
      const payload = JSON.stringify(message);
      if (!listening || waiting.length >= MAX_WAITING || Buffer.byteLength(payload) > MAX_MESSAGE) return;
      waiting.push({ channel: to === undefined ? EVERYBODY : channelOf(to), payload });
      if (sending) return;
      sending = true;
      // Messages of the same moment are sent together.
      setImmediate(() => void flush());
    },

    append: async () => false,
    read: async () => undefined,

    async close() {
      // That we go, and what we freed, is worth a last round.
      await flush();
      closed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      listening = false;
      await last?.end().catch(() => {});
    },
  };
}

/** An identifier of at most 63 characters. */
function channelOf(name: string): string {
  return `${EVERYBODY}_${name.replace(/[^a-z0-9]/gi, '_').toLowerCase()}`.slice(0, 63);
}

/** Every client of the database can notify, so messages are not trusted. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
