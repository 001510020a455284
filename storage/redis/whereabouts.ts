/**
 * Home of each session, which is the address that its keys name and never changes (homes.ts). It
 * leads to data that is known by session id only (leases, journals). Redis has it for all sessions.
 * Recent ones are cached here, so that they cost no round trip.
 */
import { LRUCache } from 'lru-cache';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeWhere, encodeWhere, whereKey } from '#storage/redis/keys.ts';

/** About 200 bytes each. */
const REMEMBERED = 50_000;

export interface Whereabouts {
  find(id: SessionId): Promise<Address | undefined>;
  learn(id: SessionId, address: Address): void;
  /**
   * Stores the address of a session that is about to be opened. False if the session is at another
   * one.
   */
  reserve(id: SessionId, address: Address): Promise<boolean>;
  /**
   * Expires it in Redis after this many milliseconds. It is not awaited. A failure costs a hundred
   * bytes.
   */
  expire(id: SessionId, ms: number): void;
  /** Stores another home of a session that could not be opened at the one that was reserved. */
  redirect(id: SessionId, home: Address): Promise<void>;
  /** The session is gone. */
  forget(id: SessionId): Promise<void>;
}

export function whereaboutsIn(connection: Connection): Whereabouts {
  const known = new LRUCache<SessionId, Address>({ max: REMEMBERED });

  async function find(id: SessionId): Promise<Address | undefined> {
    const address = known.get(id) ?? decodeWhere(await connection.call('get', whereKey(id)));
    if (address !== undefined) known.set(id, address);
    return address;
  }

  return {
    find,
    learn: (id, address) => {
      known.set(id, address);
    },
    reserve: async (id, address) => {
      if ((await connection.call('set', whereKey(id), encodeWhere(address), 'nx')) !== null) return true;
      return decodeWhere(await connection.call('get', whereKey(id))) === address;
    },
    expire: (id, ms) => {
      connection.call('pexpire', whereKey(id), ms).catch(() => {});
    },
    redirect: async (id, home) => {
      await connection.call('set', whereKey(id), encodeWhere(home));
    },
    forget: async (id) => {
      known.delete(id);
      await connection.call('unlink', whereKey(id));
    },
  };
}
