/** Reading sessions and journals, handing out those that are due, and the shared settings. */
import * as z from 'zod';
import type { Address } from '#machines/ids.ts';
import { checkedCursor, sessionsCursor } from '#storage/cursor.ts';
import type { Page, SessionFilter, SessionRow, Store } from '#storage/port.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeEntries, decodeLead, decodeList, decodeRow, decodeTexts } from '#storage/redis/decode.ts';
import type { Homes } from '#storage/redis/homes.ts';
import { addressKeys, homeKey, partitionKeys, rowOfMember, sessionKeys, settingKey } from '#storage/redis/keys.ts';
import { calls, dueByPartition } from '#storage/redis/partitioned.ts';
import { PARTITIONS } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';
import { matchesFilter } from '#storage/session-filter.ts';

type Sessions = Pick<Store, 'load' | 'claimDue' | 'journal' | 'sessions' | 'setting'>;

/**
 * Rows that one call examines for a filter that few of them match. They take a few milliseconds of
 * Redis's time at most.
 */
const LIST_BUDGET = 1_000;

const ROW = ['f', 'v', 'w', 'r', 'm'] as const;

export function sessionsOf(connection: Connection, whereabouts: Whereabouts, homes: Homes): Sessions {
  /** The latest session of a home is known by its id from now on. */
  async function latest(reply: unknown, home: Address): Promise<SessionRow | undefined> {
    const lead = decodeLead(reply);
    if (lead !== undefined) return latest(await connection.run(SCRIPTS.load, [addressKeys(lead).chain], []), lead);
    const row = decodeRow(reply);
    if (row !== undefined) whereabouts.learn(row.id, home);
    return row;
  }

  return {
    async load(key) {
      if ('address' in key) {
        const keys = [addressKeys(key.address).chain, homeKey(key.address)];
        return latest(await connection.run(SCRIPTS.load, keys, []), key.address);
      }
      const address = await whereabouts.find(key.id);
      return address === undefined ? undefined : decodeRow(await connection.call('hmget', sessionKeys(address, key.id).row, ...ROW));
    },

    async claimDue(now, until, limit) {
      const due = await dueByPartition(connection, (partition) => partitionKeys(partition).due, now, limit);
      const claimed = await Promise.all(
        calls(connection, due, ({ partition }) => partition).map(async (group) => {
          const keys = group.map(({ partition }) => partitionKeys(partition).due);
          return decodeList(await connection.run(SCRIPTS.claimDue, keys, [now, until, ...group.map(({ count }) => count)]));
        }),
      );
      return claimed.flat().flatMap((reply) => decodeRow(reply) ?? []);
    },

    async journal(sessionId, after, limit) {
      const address = await whereabouts.find(sessionId);
      if (address === undefined || limit <= 0) return [];
      const { journal, marks } = sessionKeys(address, sessionId);
      return decodeEntries(await connection.run(SCRIPTS.journal, [journal, marks], [after, limit]));
    },

    async sessions(filter, limit, cursor) {
      checkedCursor(sessionsCursor, cursor);
      return filter.address === undefined
        ? list(connection, filter, limit, cursor)
        : listAt(connection, await homes.rows(filter.address), filter, limit, cursor);
    },

    async setting(name, initial) {
      const key = settingKey(name);
      await connection.call('set', key, JSON.stringify(initial), 'nx');
      return z.string().parse(JSON.parse(z.string().parse(await connection.call('get', key))));
    },
  };
}

/** Those of the rows that are there. */
export async function rowsOf(connection: Connection, keys: readonly string[]): Promise<SessionRow[]> {
  const rows = await Promise.all(keys.map(async (key) => decodeRow(await connection.call('hmget', key, ...ROW))));
  return rows.flatMap((row) => row ?? []);
}

/** Reads all sessions of the address. They are few. */
async function listAt(
  connection: Connection,
  keys: readonly string[],
  { address: _, ...filter }: SessionFilter,
  limit: number,
  cursor: string | undefined,
): Promise<Page<SessionRow>> {
  const found = (await rowsOf(connection, keys))
    .filter((row) => matchesFilter(row, filter) && (cursor === undefined || row.id < cursor))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** As scripts/list.lua reads them. Empty for any value. */
function conditionsOf({ state, handler, assistant, open, channel, agent, queue, tag }: SessionFilter): string[] {
  const fields = [state, handler, assistant, open === undefined ? undefined : open ? '1' : '0', channel];
  const texts = [
    agent === undefined ? '' : `"agentId":${JSON.stringify(agent)},`,
    queue === undefined ? '' : `"queue":${JSON.stringify(queue)},`,
    tag === undefined ? '' : JSON.stringify(tag),
  ];
  return [...fields.map((value) => (value === undefined ? '' : `=${value}`)), ...texts];
}

/** How much of a partition's listing has been examined, newest first. */
interface Progress {
  readonly partition: number;
  readonly found: readonly string[];
  /** The last member that was examined. Empty at the end, undefined before the beginning. */
  readonly reached: string | undefined;
}

/**
 * Merges the partitions' listings. Each is read as long as it may have a newer session than those
 * that were found.
 */
async function list(connection: Connection, filter: SessionFilter, limit: number, cursor: string | undefined): Promise<Page<SessionRow>> {
  const conditions = conditionsOf(filter);
  const first = cursor === undefined ? '+' : `(${cursor}`;
  let progress: Progress[] = PARTITIONS.map((partition) => ({ partition, found: [], reached: undefined }));
  for (;;) {
    const members = progress
      .flatMap(({ found }) => found)
      .sort((a, b) => (a < b ? 1 : -1))
      .slice(0, limit + 1);
    const last = members.length > limit ? (members.at(-1) ?? '') : '';
    const unsettled = progress.filter(({ reached }) => reached === undefined || (reached !== '' && reached > last));
    if (unsettled.length === 0) {
      const rows = await rowsOf(connection, members.slice(0, limit).map(rowOfMember));
      return { items: rows, next: members.length > limit ? (rows.at(-1)?.id ?? null) : null };
    }
    const further = await Promise.all(
      unsettled.map(async ({ partition, found, reached }) => {
        const { all, open } = partitionKeys(partition);
        const index = filter.open === true ? open : all;
        const from = reached === undefined ? first : `(${reached}`;
        const [end = '', ...more] = decodeTexts(await connection.run(SCRIPTS.list, [index], [from, limit, LIST_BUDGET, ...conditions]));
        return { partition, found: [...found, ...more], reached: end };
      }),
    );
    const moved = new Map(further.map((one) => [one.partition, one]));
    progress = progress.map((one) => moved.get(one.partition) ?? one);
  }
}
