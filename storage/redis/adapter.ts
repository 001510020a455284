import type { StoreLifecycle } from '#storage/port.ts';
import { commitTurns } from '#storage/redis/commit.ts';
import { connect, type RedisOptions } from '#storage/redis/connection.ts';
import { decodeTime } from '#storage/redis/decode.ts';
import { leaseKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import { sessionsOf } from '#storage/redis/sessions.ts';
import { whereaboutsIn } from '#storage/redis/whereabouts.ts';
import { workOf } from '#storage/redis/work.ts';

export interface RedisStoreOptions extends RedisOptions {
  /**
   * How long closed sessions are kept after their last change, in milliseconds. Null: for ever. Default 30 days. Their event
   * ids are kept for eight days at least. Open sessions never expire here: their own timers close them.
   */
  readonly retentionMs?: number | null;
}

const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Everything in Redis 6.2 or later: one server, Sentinel or Cluster. Connects when it is first used; while the server is
 * away every call throws `Unavailable`, and the store works again when it is back. What was acknowledged is as durable as
 * the server's append-only file: see README.md here.
 */
export function createRedisStore(options: RedisStoreOptions): StoreLifecycle {
  const connection = connect(options);
  const whereabouts = whereaboutsIn(connection);
  const retentionMs = options.retentionMs === undefined ? RETENTION_MS : options.retentionMs;
  return {
    store: {
      capabilities: { type: 'redis', durable: true, shared: true },
      commit: (turns, owner, leaseUntil) => commitTurns(connection, whereabouts, { retentionMs }, turns, owner, leaseUntil),
      ...sessionsOf(connection, whereabouts),
      ...workOf(connection, whereabouts),
    },
    ping: async () => decodeTime(await connection.call('time')),
    lease: async (name, owner, ms) => (await connection.run(SCRIPTS.lease, [leaseKey(name)], [owner, ms])) === 1,
    close: () => connection.close(),
  };
}
