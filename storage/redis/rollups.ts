/**
 * Roll-ups in Redis.
 *
 * Invariants
 * 1. A turn leaves its mark in its own partition, in the script of its commit. The roll-ups are in
 *    one slot of their own, and a batch is applied there by one script.
 * 2. Marks are dropped after their batch is applied. If the process dies between, their sessions
 *    are read again, and nothing of them is left to count.
 *
 * Weaker than PostgreSQL. What is kept of a session is deleted right after the session and not in
 * the same step, a question reads all sums of its measures, and a list all sessions.
 */
import * as z from 'zod';
import type { SessionId } from '#machines/ids.ts';
import { checkedCursor, rolledCursor } from '#storage/cursor.ts';
import type { Store } from '#storage/port.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { idOfRow, partitionKeys, ROLLUP_KEYS, rollupKey } from '#storage/redis/keys.ts';
import { PARTITIONS } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import {
  addedUp,
  BUCKET_MS,
  listedPage,
  type RolledSession,
  type RollupBatch,
  type RollupCount,
  type RollupLabel,
  type RollupMark,
  type RollupQuery,
  type Rollups,
  summed,
} from '#storage/rollups.ts';

const BUCKETS_A_DAY = 86_400_000 / BUCKET_MS;
/** Fields that one call reads. */
const PIECE = 1_000;

const hashReply = z.record(z.string(), z.string());
const daysSchema = z.array(z.number().int());
const placeSchema = z.tuple([z.number(), z.string(), z.string(), z.string(), z.string(), z.string()]);

/** A session was deleted. Its counts stay. */
export async function forgetRolled(connection: Connection, id: SessionId): Promise<void> {
  await connection.call('hdel', ROLLUP_KEYS.sessions, id);
  await connection.call('hdel', ROLLUP_KEYS.labels, id);
}

export function rollupsOf(connection: Connection, store: Pick<Store, 'journal' | 'load' | 'sessions'>): Rollups {
  async function values(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    if (fields.length === 0) return [];
    return z.array(z.string().nullable()).parse(await connection.call('hmget', key, ...fields));
  }

  async function rolled(ids: readonly string[]): Promise<RolledSession[]> {
    const found: RolledSession[] = [];
    for (let at = 0; at < ids.length; at += PIECE)
      for (const text of await values(ROLLUP_KEYS.sessions, ids.slice(at, at + PIECE)))
        if (text !== null) found.push(JSON.parse(text) as RolledSession);
    return found;
  }

  async function* countsIn({ measures, edges }: RollupQuery): AsyncGenerator<RollupCount> {
    const [first, last] = [edges[0] ?? 0, edges.at(-1) ?? 0].map((edge) => Math.floor(edge / BUCKETS_A_DAY));
    for (const measure of measures)
      for (let day = first ?? 0; day <= (last ?? 0); day += 1)
        yield* countsOf(measure, hashReply.parse(await hashAt(connection, rollupKey(measure, day))));
  }

  return {
    async rollupProgress() {
      const [position, backTo, complete] = await values(ROLLUP_KEYS.progress, ['position', 'back', 'complete']);
      return { position: Number(position ?? 0), backTo: (backTo || null) as SessionId | null, complete: complete === '1' };
    },

    async rollupMarks(limit) {
      const marks: RollupMark[] = [];
      for (const partition of PARTITIONS) {
        if (marks.length >= limit) break;
        const found = hashReply.parse(await hashAt(connection, partitionKeys(partition).marks));
        for (const [row, version] of Object.entries(found)) marks.push({ sessionId: idOfRow(row), mark: `${partition} ${version} ${row}` });
      }
      return marks.slice(0, limit);
    },

    async rollupHistory(limit, before) {
      return (await store.sessions({}, limit, before ?? undefined)).items.map(({ id }) => id);
    },

    async rollupSources(ids) {
      const unique = [...new Set(ids)];
      const [rows, kept] = await Promise.all([Promise.all(unique.map((id) => store.load({ id }))), rolled(unique)]);
      const known = new Map(kept.map((one) => [one.sessionId, one]));
      return rows.flatMap((row) => {
        if (row === undefined) return [];
        const { id: sessionId, address, assistant, openedAt } = row;
        return [{ sessionId, address, assistant, openedAt, rolled: known.get(sessionId) }];
      });
    },

    async rollupEntries(sessions, limit) {
      return (await Promise.all(sessions.map(({ sessionId, after }) => store.journal(sessionId, after, limit)))).flat();
    },

    async rolledCustomers(keys) {
      const found = await values(ROLLUP_KEYS.customers, keys);
      return keys.flatMap((key, index) => {
        const text = found[index];
        return text == null ? [] : [{ key, days: reading('days', () => daysSchema.parse(JSON.parse(text))) }];
      });
    },

    async forgetCustomers(keys) {
      await connection.run(SCRIPTS.forgetCustomers, [ROLLUP_KEYS.progress, ROLLUP_KEYS.customers], [...keys]);
    },

    async applyRollup(batch) {
      const { keys, args } = layoutOf(batch);
      if (decodeCount(await connection.run(SCRIPTS.applyRollup, keys, args)) !== 1) return false;
      for (const [partition, marks] of Map.groupBy(batch.marks, ({ mark }) => Number(mark.split(' ', 1)[0]))) {
        const pairs = marks.flatMap(({ mark }) => {
          const [, version = '', ...row] = mark.split(' ');
          return [row.join(' '), version];
        });
        await connection.run(SCRIPTS.dropMarks, [partitionKeys(partition).marks], pairs);
      }
      return true;
    },

    async rollupSums(query) {
      const counts: RollupCount[] = [];
      for await (const count of countsIn(query)) counts.push(count);
      return summed(counts, query);
    },

    async condenseRollups() {
      return false;
    },

    async listedSessions(query, limit, cursor) {
      checkedCursor(rolledCursor, cursor);
      const [sessions, labels] = await Promise.all(
        [ROLLUP_KEYS.sessions, ROLLUP_KEYS.labels].map(async (key) => hashReply.parse(await hashAt(connection, key))),
      );
      const all = Object.entries(sessions ?? {}).map(([id, document]) => ({
        session: JSON.parse(document) as RolledSession,
        labels: linesOf(labels?.[id]).map((line) => JSON.parse(line) as RollupLabel),
      }));
      return listedPage(all, query, limit, cursor);
    },
  };
}

/** The labels of a session, each a line of JSON. */
function linesOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split('\n');
}

/** A hash as an object. The reply is a list of fields and values. */
async function hashAt(connection: Connection, key: string): Promise<unknown> {
  const reply = await connection.call('hgetall', key);
  if (!Array.isArray(reply)) return reply;
  const list = decodeTexts(reply);
  return Object.fromEntries(Array.from({ length: list.length / 2 }, (_, index) => [list[index * 2], list[index * 2 + 1]]));
}

function placeIn({ bucket, assistant, channel, queue, agent, key }: RollupCount): string {
  return JSON.stringify([bucket, assistant, channel, queue, agent, key]);
}

/** The two sums of a place are fields of their own, so that each is added to by one command. */
function* countsOf(measure: string, fields: Readonly<Record<string, string>>): Generator<RollupCount> {
  const places = new Set(Object.keys(fields).map((field) => field.slice(0, -1)));
  for (const place of places) {
    const [bucket, assistant, channel, queue, agent, key] = reading('roll-up', () => placeSchema.parse(JSON.parse(place)));
    const [n, total] = [Number(fields[`${place}n`] ?? 0), Number(fields[`${place}t`] ?? 0)];
    yield { measure, bucket, assistant, channel, queue, agent, key, n, total };
  }
}

function layoutOf({ position, sessions, counts, labels, customers, backTo, complete }: RollupBatch) {
  const keys: string[] = [ROLLUP_KEYS.progress, ROLLUP_KEYS.sessions, ROLLUP_KEYS.labels, ROLLUP_KEYS.customers];
  const hashes = new Map<string, number>();
  const args: (string | number)[] = [position, backTo ?? '', complete ? 1 : 0];
  args.push(sessions.length);
  for (const one of sessions) args.push(one.sessionId, JSON.stringify(one));
  const bySession = Map.groupBy(labels, ({ sessionId }) => sessionId);
  args.push(bySession.size);
  for (const [id, ofSession] of bySession) args.push(id, ofSession.map((label) => JSON.stringify(label)).join('\n'));
  args.push(customers.length);
  for (const { key, days } of customers) args.push(key, JSON.stringify(days));
  const added = addedUp(counts);
  args.push(added.length);
  for (const count of added) {
    const key = rollupKey(count.measure, Math.floor(count.bucket / BUCKETS_A_DAY));
    const hash = hashes.get(key) ?? hashes.size + 1;
    if (hash > hashes.size) {
      hashes.set(key, hash);
      keys.push(key);
    }
    args.push(hash, placeIn(count), count.n, count.total);
  }
  return { keys, args };
}
