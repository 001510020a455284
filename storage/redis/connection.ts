/**
 * Connection to Redis, and the only way for commands to it.
 *
 * Owns the client for a server, sentinels or a cluster, time limits, sending scripts, mapping the
 * driver's errors to ours. Does not own the commands (commit.ts, sessions.ts, work.ts), the keys
 * (keys.ts).
 *
 * Invariants
 * 1. No call waits for ever. Each has a deadline of its own, whatever the driver does with it
 *    meanwhile.
 * 2. A command is sent once. If the connection breaks under it, it fails with `Unavailable`, and
 *    the driver does not send it again. Whether it was executed is unknown, and only the caller
 *    knows what to do about that.
 * 3. A script that the server does not know (restarted, failed over, flushed) is sent again whole,
 *    because nothing of it ran.
 */
import { Cluster, Redis } from 'ioredis';
import { parseRedisUrl, type RedisLocation } from '#storage/redis/location.ts';
import type { Script } from '#storage/redis/scripts.ts';
import { timedOut, translate } from '#storage/redis/unavailable.ts';

export interface RedisOptions {
  /** See `parseRedisUrl` for its forms. */
  readonly url: string;
  /**
   * Time limit of a call in milliseconds. Default 5,000, while our calls take single milliseconds.
   */
  readonly commandTimeoutMs?: number;
  /**
   * Milliseconds of silence, while an answer is due, after which a connection counts as dead and is
   * replaced. Default is `commandTimeoutMs`.
   */
  readonly silenceMs?: number;
  /** Milliseconds to connect in. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Called with connections that broke. They are replaced by themselves. */
  readonly onConnectionLost?: (error: Error) => void;
}

export type Argument = string | number | Buffer;

export interface Connection {
  /** True in a cluster, where the keys of one call must share a slot. */
  readonly clustered: boolean;
  /** Throws `Unavailable`. Keys come first in `args` where the command has any. */
  call(command: string, ...args: readonly Argument[]): Promise<unknown>;
  /** The same, with what are texts in the answer as bytes. */
  callBytes(command: string, ...args: readonly Argument[]): Promise<unknown>;
  /** Throws `Unavailable`. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /**
   * All keys that match a pattern, on all nodes, by a walk through the whole database. For chores
   * only.
   */
  keys(pattern: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Keys that one step of a walk reads. */
const WALK_STEP = 1_000;

export function connect(options: RedisOptions): Connection {
  const { commandTimeoutMs = 5_000 } = options;
  const client = openClient(options);
  // Without a listener the driver writes to the console.
  client.on('error', (error: Error) => options.onConnectionLost?.(error));
  let closed = false;
  let revival: NodeJS.Timeout | undefined;
  // The driver gives up for good in some cases that pass, such as a failover that the sentinels
  // report while it connects.
  client.on('end', () => {
    if (closed) return;
    revival = setTimeout(() => client.connect().catch(() => {}), REVIVE_MS);
    revival.unref();
  });

  async function limited<T>(sent: () => Promise<T>): Promise<T> {
    if (closed) throw translate(new Error('Connection is closed.'));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      // An answer that lies in the socket while this process was busy is taken first.
      timer = setTimeout(() => setImmediate(() => reject(timedOut(commandTimeoutMs))), commandTimeoutMs);
    });
    try {
      return await Promise.race([sent(), deadline]);
    } catch (error) {
      // A node that went away may have been replaced, so the slot table is read again.
      if (client instanceof Cluster && client.status === 'ready') client.refreshSlotsCache();
      throw translate(error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    clustered: client instanceof Cluster,
    call: (command, ...args) => limited(() => client.call(command, [...args])),
    callBytes: (command, ...args) => limited(() => client.callBuffer(command, [...args])),
    run: (script, keys, args) =>
      limited(async () => {
        try {
          return await client.call('evalsha', [script.sha, keys.length, ...keys, ...args]);
        } catch (error) {
          if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
          return await client.call('eval', [script.text, keys.length, ...keys, ...args]);
        }
      }),
    keys: async (pattern) => {
      const found = new Set<string>();
      // A cluster client learns its nodes with its first command.
      if (client instanceof Cluster && client.status === 'wait') await limited(() => client.connect());
      for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
        let cursor = '0';
        do {
          const [next, keys] = await limited(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', WALK_STEP));
          for (const key of keys) found.add(key);
          cursor = next;
        } while (cursor !== '0');
      }
      return [...found];
    },
    close: async () => {
      closed = true;
      clearTimeout(revival);
      client.disconnect();
    },
  };
}

/**
 * Driver itself, for `connect` and for a subscription (subscription.ts), which is a connection of
 * its own.
 */
export function openClient(options: RedisOptions): Redis | Cluster {
  const location = parseRedisUrl(options.url);
  return location.mode === 'cluster' ? openCluster(location, options) : openServer(location, options);
}

/** Milliseconds until a client that the driver has given up is replaced. */
const REVIVE_MS = 250;

/** Milliseconds before reconnecting, quick at first, because most breaks are short. */
function retryDelay(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 10), 1_000);
}

function driverOptions({ username, password, tls, db }: RedisLocation, options: RedisOptions) {
  const { commandTimeoutMs = 5_000, connectTimeoutMs = 5_000 } = options;
  return {
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectTimeout: connectTimeoutMs,
    socketTimeout: options.silenceMs ?? commandTimeoutMs,
    // What waits while there is no connection fails with the first attempt to connect that fails.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A subscription reconnects itself. A failure of the driver's own attempt would have no
    // handler, and that ends the process.
    autoResubscribe: false,
    // A primary that became a replica is no longer the one to talk to.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    connectionName: 'statechat',
  };
}

function openServer(location: RedisLocation, options: RedisOptions): Redis {
  const { nodes, mode, primary } = location;
  const [{ host, port }] = nodes;
  const common = { ...driverOptions(location, options), retryStrategy: retryDelay, lazyConnect: true };
  if (mode === 'standalone') return new Redis({ ...common, host, port });
  const sentinels = nodes.map((node) => ({ ...node }));
  return new Redis({ ...common, sentinels, name: primary, sentinelRetryStrategy: retryDelay, failoverDetector: true });
}

function openCluster(location: RedisLocation, options: RedisOptions): Cluster {
  const { db: _, ...redisOptions } = driverOptions(location, options);
  return new Cluster(
    location.nodes.map((node) => ({ ...node })),
    {
      redisOptions,
      lazyConnect: true,
      clusterRetryStrategy: retryDelay,
      // 0, so that the driver does not send it again (invariant 2).
      retryDelayOnFailover: 0,
      slotsRefreshTimeout: options.connectTimeoutMs ?? 5_000,
    },
  );
}
