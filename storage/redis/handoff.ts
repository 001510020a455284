/**
 * Records of the handoff in Redis. They are in the slot of the agents. Each change is one command,
 * but for the list of a queue's waits, which is cut after it has grown.
 */
import * as z from 'zod';
import { type AgentState, type HandoffRecords, KEPT_WAITS } from '#storage/handoff.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeTexts, reading } from '#storage/redis/decode.ts';
import { AGENTS_ASSIGNED_KEY, AGENTS_AWAY_KEY, AGENTS_SEEN_KEY, queueWaitsKey } from '#storage/redis/keys.ts';

const wait = z.tuple([z.number(), z.number()]);

export function handoffOf(connection: Connection): HandoffRecords {
  /** Scores of a sorted set by member. */
  async function timesIn(key: string): Promise<ReadonlyMap<string, number>> {
    const flat = decodeTexts(await connection.call('zrange', key, 0, -1, 'withscores'));
    return new Map(flat.flatMap((member, index) => (index % 2 === 0 ? [[member, Number(flat[index + 1])] as const] : [])));
  }

  return {
    async seen(agentIds, at) {
      if (agentIds.length > 0) await connection.call('zadd', AGENTS_SEEN_KEY, 'gt', ...agentIds.flatMap((id) => [at, id]));
    },
    async setAway(agentId, away) {
      await connection.call(away ? 'sadd' : 'srem', AGENTS_AWAY_KEY, agentId);
    },
    async assigned(agentId, at) {
      await connection.call('zadd', AGENTS_ASSIGNED_KEY, 'gt', at, agentId);
    },
    async agentStates() {
      const [seen, assigned, awayIds] = await Promise.all([
        timesIn(AGENTS_SEEN_KEY),
        timesIn(AGENTS_ASSIGNED_KEY),
        connection.call('smembers', AGENTS_AWAY_KEY),
      ]);
      const away = new Set(decodeTexts(awayIds));
      return [...new Set([...seen.keys(), ...assigned.keys(), ...away])].map(
        (agentId): AgentState => ({
          agentId,
          seenAt: seen.get(agentId) ?? null,
          away: away.has(agentId),
          assignedAt: assigned.get(agentId) ?? null,
        }),
      );
    },
    async waited(queue, at, ms) {
      await connection.call('lpush', queueWaitsKey(queue), JSON.stringify([at, ms]));
      await connection.call('ltrim', queueWaitsKey(queue), 0, KEPT_WAITS - 1);
    },
    async waits(queue, since, limit) {
      const kept = decodeTexts(await connection.call('lrange', queueWaitsKey(queue), 0, KEPT_WAITS - 1));
      const known = kept.map((text) => reading('wait of a queue', () => wait.parse(JSON.parse(text))));
      return known
        .filter(([at]) => at > since)
        .map(([, ms]) => ms)
        .slice(0, limit);
    },
  };
}
