/**
 * Outbox in Redis, with the holders and outcomes of work.
 *
 * Invariants. Those of the port, each decided in one script call in the partition of the work's
 * address. Every instance finds work through its partition's index of free work, which is written
 * in the same step as the work itself.
 */
import type { SessionId } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeFinished, decodeFlags, decodeLead, decodeList, decodePending, decodeWork, encodeMark } from '#storage/redis/decode.ts';
import { addressKeys, homeKey, partitionKeys, sessionKeys, workKey } from '#storage/redis/keys.ts';
import { calls, dueByPartition } from '#storage/redis/partitioned.ts';
import { partitionOf } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';

type Work = Pick<Store, 'claimWork' | 'renewWork' | 'finishWork' | 'pendingWork'>;

export function workOf(connection: Connection, whereabouts: Whereabouts): Work {
  /**
   * With the address of each. Work of a session that does not exist is left out, because it is gone
   * too.
   */
  async function located<T extends { readonly sessionId: SessionId }>(items: readonly T[]) {
    const found = await Promise.all(items.map(async (item) => ({ item, address: await whereabouts.find(item.sessionId) })));
    return found.flatMap(({ item, address }) => (address === undefined ? [] : [{ item, address, partition: partitionOf(address) }]));
  }

  return {
    async claimWork(owner, now, leaseUntil, limit) {
      const ready = await dueByPartition(connection, (partition) => partitionKeys(partition).free, now, limit);
      const claimed = await Promise.all(
        calls(connection, ready, ({ partition }) => partition).map(async (group) => {
          const keys = group.map(({ partition }) => partitionKeys(partition).free);
          const args = [JSON.stringify(owner), now, leaseUntil, ...group.map(({ count }) => count)];
          return decodeList(await connection.run(SCRIPTS.claimWork, keys, args));
        }),
      );
      return claimed.flat().map(decodeWork);
    },

    async renewWork(owner, items, leaseUntil) {
      const kept = await Promise.all(
        calls(connection, await located(items), ({ partition }) => partition).map(async (group) => {
          const keys = group.flatMap(({ item, address, partition }) => [
            workKey(address, item.sessionId, item.serial),
            partitionKeys(partition).free,
          ]);
          const saved = group.map(({ item }) => (item.progress === undefined ? '' : JSON.stringify(item.progress)));
          const flags = decodeFlags(await connection.run(SCRIPTS.renewWork, keys, [JSON.stringify(owner), leaseUntil, ...saved]));
          return group.filter((_, index) => flags[index]).map(({ item: { sessionId, serial } }) => ({ sessionId, serial }));
        }),
      );
      return kept.flat();
    },

    async finishWork(owner, outcomes) {
      const places = await located(outcomes);
      const found = new Set(places.map(({ item }) => item));
      const gone = outcomes.filter((item) => item.status === 'done' && !found.has(item));
      const answers = await Promise.all(
        calls(connection, places, ({ partition }) => partition).map(async (group) => {
          const keys = group.flatMap(({ item, address, partition }) => {
            const { row, marks } = sessionKeys(address, item.sessionId);
            return [workKey(address, item.sessionId, item.serial), addressKeys(address).lane, partitionKeys(partition).free, row, marks];
          });
          const args = group.flatMap(({ item }) =>
            item.status === 'later'
              ? ['later', item.attempts, item.notBefore, JSON.stringify(item.progress), '', '']
              : [item.status, item.seq, ...encodeMark(item.delivery)],
          );
          const { lost, moved } = decodeFinished(await connection.run(SCRIPTS.finishWork, keys, [JSON.stringify(owner), ...args]));
          return {
            lost: lost.flatMap((nth) => group[nth - 1]?.item ?? []),
            moved: moved.flatMap(({ nth, movedTo }) => {
              const { item, address } = group[nth - 1] ?? {};
              if (item === undefined || address === undefined) return [];
              return [{ sessionId: item.sessionId, seq: item.seq, address: movedTo ?? address }];
            }),
          };
        }),
      );
      const lost = [...gone, ...answers.flatMap((answer) => answer.lost)];
      return {
        lost: lost.map(({ sessionId, serial }) => ({ sessionId, serial })),
        moved: answers.flatMap(({ moved }) => moved),
      };
    },

    async pendingWork(lane) {
      const reply = await connection.run(SCRIPTS.pendingWork, [addressKeys(lane).lane, homeKey(lane)], []);
      const lead = decodeLead(reply);
      if (lead === undefined) return decodeList(reply).map(decodePending);
      return decodeList(await connection.run(SCRIPTS.pendingWork, [addressKeys(lead).lane], [])).map(decodePending);
    },
  };
}
