/**
 * Measures how long single operations take, one after another, with nothing else under way. Every
 * session holds 20 messages, except those that are being created.
 */
import * as z from 'zod';
import { answerParams, systemPrompt, turns } from '#agent-service/prompt.ts';
import { connect } from '#storage/redis/connection.ts';
import { decodeHot, encodeHot } from '#storage/redis/hot-copy.ts';
import { hotKey } from '#storage/redis/keys.ts';
import type { RedisServer } from '#test/redis-server.ts';
import { percentile } from '../load.ts';
import { type BareTurns, bareTurns } from './bare.ts';
import { addressOf, openSessions, type Sessions } from './sessions.ts';

export interface Times {
  readonly operation: string;
  /** What others claimed for it, in milliseconds. Null if they claimed nothing. */
  readonly claimedMs: number | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /**
   * How long bare SQL takes for the rows that it wrote, between one operation and the next. Null if
   * it was not measured.
   */
  readonly floorMs: number | null;
  readonly times: number;
}

export interface Results {
  readonly times: readonly Times[];
  /**
   * How long the first message took that met a Redis that hangs, in milliseconds. The ones after it
   * do without Redis.
   */
  readonly firstFrozenMs: number;
  /**
   * Closed sessions that were deleted in a minute, with all that belongs to them. The steps follow
   * without the pauses that the app makes.
   */
  readonly deletedPerMinute: number;
  /**
   * Of a session with 20 messages. `key` is what Redis reports for its key, `json` the JSON in it.
   */
  readonly redisBytes: { readonly key: number; readonly json: number };
}

const MESSAGES = 20;
const storedSchema = z.object({ snapshot: z.object({ context: z.object({ messages: z.array(z.unknown()).length(MESSAGES) }) }) });
/**
 * Sessions that are created first, for each that is measured. A process that has been up for a
 * minute has its code compiled.
 */
const WARM_UP = 4;
const TTL_MS = 3_600_000;

/**
 * Makes `count` sessions of 20 messages and closes half of them later. Each operation is done
 * `count` times.
 */
export async function runOperations(
  databaseUrl: string,
  server: Pick<RedisServer, 'url' | 'freeze' | 'thaw'>,
  count: number,
  progress: (line: string) => void,
): Promise<Results> {
  const sessions = openSessions(databaseUrl, server.url);
  const bare = bareTurns(databaseUrl);
  const redis = connect({ url: server.url });
  try {
    const times: Times[] = [];
    const all = Array.from({ length: count }, (_, index) => index);
    const measure = async (operation: string, claimedMs: number | null, work: (index: number) => Promise<unknown>, how: How = {}) => {
      const { taken, bare } = await time(all, work, { instance: sessions, ...how });
      const [p50Ms, p99Ms] = [rounded(percentile(taken, 50)), rounded(percentile(taken, 99))];
      const floorMs = bare.length === 0 ? null : rounded(percentile(bare, 50));
      times.push({ operation, claimedMs, p50Ms, p99Ms, floorMs, times: taken.length });
      progress(`${operation}: ${p50Ms} ms${floorMs === null ? '' : `, the floor ${floorMs} ms`}`);
      return taken;
    };

    /**
     * Measures instances that have none of the sessions in their caches. Shows what Redis saves
     * them, and what a Redis that hangs costs.
     */
    const measureElsewhere = async (): Promise<number> => {
      const withRedis = openSessions(databaseUrl, server.url);
      const without = openSessions(databaseUrl, undefined);
      const frozen = openSessions(databaseUrl, server.url);
      const instances = [withRedis, without, frozen];
      try {
        for (const [nth, instance] of instances.entries()) await begin(instance, (2 + WARM_UP) * count + nth);
        const what = 'add a message to a session that another instance had';
        await measure(`${what}: a copy in Redis`, null, (index) => withRedis.send(index), { instance: withRedis });
        await measure(`${what}: no Redis`, null, (index) => without.send(index), { instance: without });
        server.freeze();
        const [first = 0] = await measure(`${what}: Redis hangs`, null, (index) => frozen.send(index), { instance: frozen });
        return rounded(first);
      } finally {
        server.thaw();
        await Promise.all(instances.map((instance) => instance.close()));
      }
    };

    const warmUp = Array.from({ length: WARM_UP * count }, (_, index) => 2 * count + index);
    const create = (index: number) => (index % 2 === 0 ? sessions.open(index) : sessions.send(index));
    await time(warmUp, create, { instance: sessions, floor: bare.write });
    await measure('create a session', 5, (index) => sessions.open(count + index), { floor: bare.write });
    await measure('create a session by its first message', 15, (index) => sessions.send(index), { floor: bare.write });
    for (let message = 2; message <= MESSAGES / 2; message++) for (const index of all) await begin(sessions, index);
    await measure('add a message', 10, (index) => sessions.send(index), { floor: bare.write });
    const firstFrozenMs = await measureElsewhere();
    const rows = new Map(await Promise.all(all.map(async (index) => [index, await rowOf(sessions, index)] as const)));
    const inputs = [...rows.values()].map(({ assistant, snapshot }) => ({
      assistant,
      messages: storedSchema.parse(snapshot).snapshot.context.messages,
    }));
    await measure('build the context of an answer from 20 messages', 20, async (index) => context(inputs[index]));
    await measure('look a session up in the process', 1, (index) => sessions.runtime.addressState(addressOf(index)));
    // Read without the store around it, which takes PostgreSQL's answer where that is sooner. A
    // turn that came second to another instance's would drop a copy.
    await sessions.settle();
    for (const row of rows.values()) await redis.call('set', hotKey(row.address), encodeHot(row), 'px', TTL_MS);
    await measure('get a session from Redis', 2, async (index) => {
      const copy = await redis.callBytes('get', hotKey(addressOf(index)));
      if (!Buffer.isBuffer(copy)) throw new Error(`session ${index} is not in Redis`);
      decodeHot(copy);
    });
    await measure('update a session in Redis', 2, async (index) => {
      const row = rows.get(index);
      if (row !== undefined) await redis.call('set', hotKey(row.address), encodeHot(row), 'px', TTL_MS);
    });
    const bytes = await Promise.all(all.map(async (index) => Number(await redis.call('memory', 'usage', hotKey(addressOf(index))))));
    const json = [...rows.values()].map((row) => Buffer.byteLength(JSON.stringify(row)));
    await measure('retrieve an active session with its history from PostgreSQL', 50, (index) => retrieve(sessions, index));
    for (const index of all) await sessions.end(index);
    await sessions.settle();
    await measure('retrieve a closed session with its history from PostgreSQL', 300, (index) => retrieve(sessions, index));
    const deletedPerMinute = await deleteAll(sessions, count);
    return {
      times,
      firstFrozenMs,
      deletedPerMinute,
      redisBytes: { key: Math.round(percentile(bytes, 50)), json: Math.round(percentile(json, 50)) },
    };
  } finally {
    await redis.close();
    await bare.close();
    await sessions.close();
  }
}

interface How {
  /** The instance that does it. Default is the one that has the sessions in its cache. */
  readonly instance?: Sessions;
  /** Writes the rows of the turn that it was, and resolves to how long that took. */
  readonly floor?: BareTurns['write'];
}

/** In milliseconds. All that follows from an operation is finished before the next one. */
async function time(
  indexes: readonly number[],
  work: (index: number) => Promise<unknown>,
  { instance, floor }: How & Required<Pick<How, 'instance'>>,
) {
  const taken: number[] = [];
  const bare: number[] = [];
  for (const index of indexes) {
    const began = performance.now();
    await work(index);
    taken.push(performance.now() - began);
    const turn = instance.lastTurn();
    await instance.settle();
    if (floor && turn) bare.push(await floor(index, turn));
  }
  return { taken, bare };
}

/** As the app's retention does it, a hundred a step. */
async function deleteAll({ archive }: Sessions, count: number): Promise<number> {
  const began = performance.now();
  let deleted = 0;
  for (let step = 100; step === 100; ) {
    const { sessions } = await archive.deleteExpired(Date.now() + 1, 100);
    deleted += sessions;
    step = sessions;
  }
  if (deleted !== count) throw new Error(`${count} sessions are closed, but ${deleted} were deleted`);
  return Math.round((deleted * 60_000) / (performance.now() - began));
}

async function begin(sessions: Sessions, index: number): Promise<void> {
  await sessions.send(index);
  await sessions.settle();
}

async function rowOf({ store }: Sessions, index: number) {
  const row = await store.load({ address: addressOf(index) });
  if (row === undefined) throw new Error(`there is no session ${index}`);
  return row;
}

/** Its row and its journal, as the API gives them out. */
async function retrieve(sessions: Sessions, index: number): Promise<void> {
  const { id } = await rowOf(sessions, index);
  const journal = await sessions.store.journal(id, 0, 200);
  if (journal.filter(({ kind }) => kind.endsWith('.message')).length < MESSAGES - 1)
    throw new Error(`the history of session ${index} is not whole`);
}

function context(input: unknown): void {
  const { assistant: _, messages, ...facts } = answerParams.parse(input);
  systemPrompt('Answer briefly.', facts, Date.now());
  turns(messages);
}

/** Three digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
