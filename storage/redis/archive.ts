/**
 * Archive in Redis.
 *
 * Invariants
 * 1. A session is deleted, or its hold changed, in one script call in the slot of its address, so a
 *    held one is never deleted.
 * 2. An index by closing time has what may be deleted. Nothing expires by itself.
 */
import type { SessionId } from '#machines/ids.ts';
import type { Archive } from '#storage/archive.ts';
import { checkedCursor, deadLetterCursor } from '#storage/cursor.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeDeadLetters, decodeHold, decodeTexts, encodeDeadLetter, encodeHold } from '#storage/redis/decode.ts';
import {
  addressKeys,
  DEAD_LETTER_KEYS,
  idOfRow,
  leaseKey,
  listingMember,
  partitionKeys,
  sessionKeys,
  workKey,
} from '#storage/redis/keys.ts';
import { dueByPartition } from '#storage/redis/partitioned.ts';
import { PARTITIONS, partitionOf } from '#storage/redis/partitions.ts';
import { forgetRolled } from '#storage/redis/rollups.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import { rowsOf } from '#storage/redis/sessions.ts';
import { forgetFollowed } from '#storage/redis/webhooks.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';

const HOLD_OUTCOMES = ['no session', 'unchanged', 'changed'] as const;

export function archiveOf(connection: Connection, whereabouts: Whereabouts): Archive {
  async function countClosed(index: 'closed' | 'held', before: number): Promise<number> {
    const counts = await Promise.all(
      PARTITIONS.map(async (partition) =>
        decodeCount(await connection.call('zcount', partitionKeys(partition)[index], '-inf', `(${before}`)),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Rows of the earliest that were closed before. */
  async function closedBefore(before: number, limit: number): Promise<readonly SessionRow[]> {
    const found = await dueByPartition(connection, (partition) => partitionKeys(partition).closed, before - 1, limit);
    const rows = await Promise.all(
      found.map(async ({ partition, count }) => {
        const { closed } = partitionKeys(partition);
        const keys = decodeTexts(await connection.call('zrange', closed, '-inf', `(${before}`, 'byscore', 'limit', 0, count));
        const there = await rowsOf(connection, keys);
        // The row was deleted by another client, and its entry remained.
        const gone = keys.filter((key) => !there.some(({ id }) => id === idOfRow(key)));
        if (gone.length > 0) await connection.call('zrem', closed, ...gone);
        return there;
      }),
    );
    return rows.flat();
  }

  async function rowOf(id: SessionId): Promise<SessionRow | undefined> {
    const address = await whereabouts.find(id);
    return address === undefined ? undefined : (await rowsOf(connection, [sessionKeys(address, id).row]))[0];
  }

  async function remove({ id }: SessionRow, before: number): Promise<boolean> {
    const address = await whereabouts.find(id);
    if (address === undefined) return false;
    const { row, journal, marks, events, holds, files } = sessionKeys(address, id);
    const { closed, due, free, all, open } = partitionKeys(partitionOf(address));
    const { lane, chain } = addressKeys(address);
    const keys = [closed, due, free, all, open, lane, chain, row, journal, marks, events, files];
    const work = workKey(address, id, 0).slice(0, -10);
    const removed = decodeCount(await connection.run(SCRIPTS.deleteClosed, keys, [before, listingMember(row), work])) === 1;
    if (removed) await Promise.all([forgetRolled(connection, id), forgetFollowed(connection, id)]);
    // The record of its holds is found through its address.
    if (removed && decodeCount(await connection.call('exists', holds)) === 0) await whereabouts.forget(id);
    return removed;
  }

  async function keysOf(id: SessionId) {
    const address = await whereabouts.find(id);
    return address === undefined ? undefined : { ...sessionKeys(address, id), ...partitionKeys(partitionOf(address)) };
  }

  return {
    async keepDeadLetter(event) {
      const name = JSON.stringify([event.channel, event.account, event.providerId]);
      return (
        decodeCount(await connection.run(SCRIPTS.keepDeadLetter, DEAD_LETTER_KEYS, [name, event.receivedAt, encodeDeadLetter(event)])) === 1
      );
    },

    async deadLetters(limit, cursor) {
      checkedCursor(deadLetterCursor, cursor);
      const found = decodeDeadLetters(
        await connection.run(SCRIPTS.deadLetters, DEAD_LETTER_KEYS, [cursor === undefined ? '+inf' : `(${cursor}`, limit + 1]),
      );
      const items = found.slice(0, limit);
      return { items: items.map(({ event }) => event), next: found.length > limit ? String(items.at(-1)?.number) : null };
    },

    async hold(id, change) {
      const keys = await keysOf(id);
      if (keys === undefined) return 'no session';
      const { row, holds, closed, held } = keys;
      const args = [change.held ? 1 : 0, encodeHold(change)];
      return HOLD_OUTCOMES[decodeCount(await connection.run(SCRIPTS.hold, [row, holds, closed, held], args))] ?? 'no session';
    },

    async holds(id) {
      const keys = await keysOf(id);
      return keys === undefined ? [] : decodeTexts(await connection.call('lrange', keys.holds, 0, -1)).map(decodeHold);
    },

    async expired(before) {
      const [sessions, held, deadLetters] = await Promise.all([
        countClosed('closed', before),
        countClosed('held', before),
        connection.call('zcount', DEAD_LETTER_KEYS[3] ?? '', '-inf', `(${before}`),
      ]);
      return { sessions, held, deadLetters: decodeCount(deadLetters) };
    },

    async deleteExpired(before, limit) {
      const rows = await closedBefore(before, limit);
      const removed = await Promise.all(rows.map((row) => remove(row, before)));
      const deadLetters = decodeCount(await connection.run(SCRIPTS.deleteDeadLetters, DEAD_LETTER_KEYS, [before, limit]));
      return { sessions: removed.filter(Boolean).length, deadLetters };
    },

    async deleteSession(id) {
      const before = await rowOf(id);
      if (before === undefined) return 'no session';
      if (await remove(before, Number.MAX_SAFE_INTEGER)) return 'deleted';
      const after = await rowOf(id);
      return after === undefined ? 'no session' : after.open ? 'open' : 'held';
    },

    async lease(name, owner, now, until) {
      return decodeCount(await connection.run(SCRIPTS.lease, [leaseKey(name)], [owner, now, until])) === 1;
    },
  };
}
