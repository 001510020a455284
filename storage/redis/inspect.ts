/** What an operator should know of a Redis before it is trusted with data. */
import * as z from 'zod';
import { connect } from '#storage/redis/connection.ts';

export interface RedisFindings {
  readonly serverVersion: string;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly now: number;
  /** What to change, one sentence each, so that this Redis keeps what is acknowledged. */
  readonly dangers: readonly string[];
  /** The same for one that only holds what may be lost. */
  readonly hints: readonly string[];
}

/**
 * Inspects one server, or one node of a cluster. Rejects with `Unavailable` if it cannot be
 * reached.
 */
export async function inspectRedis(url: string): Promise<RedisFindings> {
  const connection = connect({ url });
  try {
    const info = new Map(
      z
        .string()
        .parse(await connection.call('info'))
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    );
    const [seconds, microseconds] = z.tuple([z.coerce.number(), z.coerce.number()]).parse(await connection.call('time'));
    const serverVersion = info.get('redis_version') ?? '0';
    const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
    const old = major < 6 || (major === 6 && minor < 2) ? [`Redis ${serverVersion} is too old: upgrade it to 6.2 or later.`] : [];
    const [dangers, hints] = [[...old], [...old]];
    if (info.get('aof_enabled') === '0')
      dangers.push(
        'Its append-only file is off: what was acknowledged is lost when it restarts. Set `appendonly yes`, and `appendfsync always` if not even a second may be lost.',
      );
    const policy = info.get('maxmemory_policy') ?? 'noeviction';
    if (policy !== 'noeviction')
      dangers.push(
        `Its maxmemory-policy is ${policy}: it may throw conversations away when memory is short. Set \`maxmemory-policy noeviction\`.`,
      );
    else if (Number(info.get('maxmemory')) > 0)
      hints.push(
        'Its maxmemory-policy is noeviction: once memory is full, hot copies and live text are refused. Set `maxmemory-policy volatile-lru`, or give it more memory.',
      );
    if (policy === 'volatile-ttl')
      hints.push(
        'Its maxmemory-policy is volatile-ttl: once memory is full, it first throws away what ends soonest, which are the counts of common limits. Set `maxmemory-policy volatile-lru`.',
      );
    return { serverVersion, hints, now: seconds * 1_000 + microseconds / 1_000, dangers };
  } finally {
    await connection.close();
  }
}
