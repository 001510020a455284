/**
 * Exchange over Redis, with messages by publish/subscribe and live text in a stream for each
 * address.
 *
 * Owns channels, the streams' length and time to live. Does not own the content of messages, the
 * subscriptions.
 *
 * Invariants
 * 1. No caller waits longer than the budget, and that once (budgeted.ts).
 * 2. A stream is bounded in length and in time. A reader whose position is gone gets a gap, because
 *    its last record must still exist.
 */
import type { Exchange } from '#storage/exchange.ts';
import type { BudgetedRedis } from '#storage/redis/budgeted.ts';
import type { RedisOptions } from '#storage/redis/connection.ts';
import { decodeRecords } from '#storage/redis/decode.ts';
import { liveKey } from '#storage/redis/keys.ts';
import { parseRedisUrl } from '#storage/redis/location.ts';
import { type Subscription, subscribe } from '#storage/redis/subscription.ts';

export interface RedisExchangeOptions extends Pick<RedisOptions, 'onConnectionLost'> {
  /** Its owner closes it. */
  readonly redis: BudgetedRedis;
  /**
   * Records that a stream keeps, about. Default 1,000. For a run that writes all the time these are
   * the last 20 seconds at least, mostly minutes.
   */
  readonly streamLength?: number;
  /**
   * Milliseconds that a stream outlives its last record. Default ten minutes, longer than any model
   * thinks between two words.
   */
  readonly streamTtlMs?: number;
}

/** Silence after which the connection itself is suspected and replaced, in milliseconds. */
const SILENCE_MS = 2_000;
/**
 * Interval at which an instance sends a message to itself, so that silence shows a dead
 * subscription, in milliseconds.
 */
const PULSE_MS = 500;
const PULSE = 'pulse';
/** Bytes. A longer one would be a mistake, and each instance would have to read it. */
const MAX_MESSAGE = 100_000;

/**
 * Channels are no keys. Each subscriber receives them whatever its database, so the database's
 * number is part of the name.
 */
const everybodyChannel = (db: number): string => `statechat:${db}:all`;
const instanceChannel = (db: number, instance: string): string => `statechat:${db}:to:${instance}`;

export function createRedisExchange(options: RedisExchangeOptions): Exchange {
  const { redis, streamLength = 1_000, streamTtlMs = 600_000 } = options;
  const { db } = parseRedisUrl(redis.url);
  let subscription: Subscription | undefined;
  let pulse: NodeJS.Timeout | undefined;

  function publish(channel: string, text: string): void {
    void redis.ask(({ call }) => call('publish', channel, text));
  }

  return {
    capabilities: { type: 'redis', streams: true, maxMessage: MAX_MESSAGE },

    get well() {
      return !redis.skipped && subscription?.well === true;
    },

    start(name, { receive, connected }) {
      const own = instanceChannel(db, name);
      subscription = subscribe({
        ...options,
        url: redis.url,
        channels: [everybodyChannel(db), own],
        message: (text) => {
          const message = text === PULSE ? undefined : parsed(text);
          if (message !== undefined) receive(message);
        },
        subscribed: connected,
        silenceMs: SILENCE_MS,
      });
      pulse = setInterval(() => publish(own, PULSE), PULSE_MS);
      pulse.unref();
    },

    send(message, to) {
      const text = JSON.stringify(message);
      if (Buffer.byteLength(text) <= MAX_MESSAGE) publish(to === undefined ? everybodyChannel(db) : instanceChannel(db, to), text);
    },

    async append(address, record) {
      const key = liveKey(address);
      // One after the other on one connection, without waiting in between.
      const [id] = await Promise.all([
        redis.ask(({ call }) => call('xadd', key, 'maxlen', '~', streamLength, '*', 'r', JSON.stringify(record))),
        redis.ask(({ call }) => call('pexpire', key, streamTtlMs)),
      ]);
      return typeof id === 'string';
    },

    async read(address, after) {
      const found = await redis.ask(async ({ call }) =>
        decodeRecords(await call('xrange', liveKey(address), after ?? '-', '+', 'count', streamLength * 2)),
      );
      if (found === undefined) return undefined;
      const records = found.map(({ id, record }) => ({ id, record: parsed(record) }));
      if (after === undefined) return { records, gap: false };
      // It begins with the record that was read last, if that is still there.
      const known = records[0]?.id === after;
      return known || records.length === 0 ? { records: records.slice(known ? 1 : 0), gap: !known } : { records, gap: true };
    },

    async close() {
      clearInterval(pulse);
      subscription?.close();
    },
  };
}

/** Other clients may write anything. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
