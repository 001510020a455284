/** Where Redis is, as one URL for each of its three ways to run. */
import { InvalidInput } from '#machines/errors.ts';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisLocation {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  /** One server, the sentinels, or some of the cluster's nodes, of which one must answer. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]];
  /** What the sentinels call the primary. Empty otherwise. */
  readonly primary: string;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

const URL_FORM = /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)((?:\/[^/?#]*)*)$/;
const NODE_FORM = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/;

/**
 * Reads `redis://user:password@host:6379/0`, `redis+cluster://:password@host:7000,host:7001` and
 * `redis+sentinel://:password@host:26379,host:26379/mymaster/0`. `rediss` is TLS. Throws
 * `InvalidInput`, without the password in it.
 */
export function parseRedisUrl(url: string): RedisLocation {
  const [, scheme, kind, username, password, hosts = '', path = ''] = URL_FORM.exec(url) ?? [];
  const mode = kind === 'cluster' || kind === 'sentinel' ? kind : 'standalone';
  const [first, ...others] = hosts.split(',').map((text) => nodeOf(text, mode === 'sentinel' ? 26_379 : 6_379));
  const parts = path.split('/').slice(1).filter(Boolean);
  const primary = mode === 'sentinel' ? (parts.shift() ?? '') : '';
  const db = parts.shift() ?? '0';
  const wrong =
    scheme === undefined ||
    first === undefined ||
    others.includes(undefined) ||
    (mode === 'standalone' && others.length > 0) ||
    (mode === 'sentinel' && primary === '') ||
    (mode === 'cluster' && db !== '0') ||
    parts.length > 0 ||
    !/^\d{1,5}$/.test(db);
  if (wrong) {
    throw new InvalidInput(
      'That is no Redis URL: redis://host:6379/0, redis+cluster://host:7000,host:7001 or redis+sentinel://host:26379,host:26379/mymaster is expected',
    );
  }
  return {
    mode,
    nodes: [first, ...others.flatMap((node) => node ?? [])],
    primary,
    db: Number(db),
    username: textOf(username),
    password: textOf(password),
    tls: scheme === 'rediss',
  };
}

function nodeOf(text: string, fallback: number): RedisNode | undefined {
  const [, host, port] = NODE_FORM.exec(text) ?? [];
  if (host === undefined || Number(port ?? fallback) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? fallback) };
}

function textOf(part: string | undefined): string | undefined {
  if (part === undefined || part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
