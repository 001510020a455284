/**
 * Where the sessions of an address are kept.
 *
 * Keys in Redis cannot move to another slot, so an address that moves leaves its sessions where
 * they are, in its home, and its new address leads to them (keys.ts). A home and an address that
 * leads to it lie in different slots of a cluster, so a move is several steps. Each is atomic, may
 * be repeated, and leaves one conversation.
 *
 * 1. If the new address had a home, that home is closed to openings, unless a session is open there
 *    (scripts/move-home.lua).
 * 2. The new address leads to the home. From then on both addresses lead to the same session.
 * 3. The turn is committed, and the home has the new address (scripts/commit.lua). Only now is the
 *    old address an alias.
 *
 * If a process dies in between, repeating the move does the rest. That also holds if the old
 * address is an alias already (addresses.ts).
 */
import type { Address } from '#machines/ids.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts } from '#storage/redis/decode.ts';
import { addressKeys, decodeWhere, encodeWhere, homeKey, homeSetKeys, partitionKeys } from '#storage/redis/keys.ts';
import { partitionOf } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

export interface Homes {
  /** The home that an address leads to. That is the address itself, unless it moved. */
  find(address: Address): Promise<Address>;
  /** The address of a home's sessions. */
  current(home: Address): Promise<Address>;
  /** Lets an address lead to a home. False if a session is open at the home that it had. */
  join(address: Address, home: Address): Promise<boolean>;
  /** Gives a home without an open session another address. False if a session is open there. */
  moveClosed(home: Address, from: Address, to: Address): Promise<boolean>;
  /** Gives earlier sessions of the address, which have homes of their own, its address of now. */
  readdress(home: Address, address: Address): Promise<void>;
  /** Row keys of all sessions of an address, whatever home they have. */
  rows(address: Address): Promise<readonly string[]>;
  /** Other addresses that lead where this one leads. */
  namesOf(address: Address): Promise<readonly Address[]>;
  /** The latest session at a home is open. */
  isOpen(home: Address): Promise<boolean>;
}

export function homesIn(connection: Connection): Homes {
  async function field(address: Address, name: 'to' | 'now'): Promise<Address> {
    return decodeWhere(await connection.call('hget', homeKey(address), name)) ?? address;
  }
  const find = (address: Address): Promise<Address> => field(address, 'to');
  const current = (home: Address): Promise<Address> => field(home, 'now');

  async function members(home: Address, set: 'linked' | 'joined'): Promise<Address[]> {
    return decodeTexts(await connection.call('smembers', homeSetKeys(home)[set])).flatMap((text) => decodeWhere(text) ?? []);
  }

  /** Homes whose sessions are earlier ones of this home's address. */
  async function goneTo(home: Address): Promise<Address[]> {
    const joined = await members(home, 'joined');
    const gone = await Promise.all(joined.map((each) => connection.call('hget', homeKey(each), 'gone')));
    return joined.filter((_, index) => gone[index] === '1');
  }

  async function isOpen(home: Address): Promise<boolean> {
    const [latest] = decodeTexts(await connection.call('zrevrange', addressKeys(home).chain, 0, 0));
    return latest !== undefined && (await connection.call('hget', latest, 'open')) === '1';
  }

  async function moveHome(home: Address, from: Address, to: Address, lead: Address | undefined): Promise<boolean> {
    const keys = [addressKeys(home).chain, homeKey(home), partitionKeys(partitionOf(home)).free];
    const args = [encodeWhere(home), encodeWhere(from), encodeWhere(to), lead === undefined ? '' : encodeWhere(lead)];
    return decodeCount(await connection.run(SCRIPTS.moveHome, keys, args)) === 1;
  }

  async function lead(address: Address, home: Address): Promise<void> {
    await connection.call('sadd', homeSetKeys(home).linked, encodeWhere(address));
    if (address === home) await connection.call('hdel', homeKey(address), 'to');
    else await connection.call('hset', homeKey(address), 'to', encodeWhere(home));
  }

  return {
    find,
    current,

    async join(address, home) {
      const had = await find(address);
      // An address that moved further is free again. What is kept at its home belongs to the
      // address that it moved to.
      if (had !== home && (await current(had)) === address) {
        if (await isOpen(had)) return false;
        // Written first, so that a repeated move finds them. They count once the home is gone.
        const [joined, linked] = await Promise.all([members(had, 'joined'), members(had, 'linked')]);
        const sets = homeSetKeys(home);
        await connection.call('sadd', sets.joined, ...[had, ...joined].map(encodeWhere));
        await connection.call('sadd', sets.linked, ...[address, had, ...linked].map(encodeWhere));
        if (!(await moveHome(had, address, address, home))) return false;
      }
      if (had !== home) await lead(address, home);
      const gone = new Set(await goneTo(home));
      for (const name of await members(home, 'linked')) if (gone.has(await find(name))) await lead(name, home);
      return true;
    },

    moveClosed: (home, from, to) => moveHome(home, from, to, undefined),

    async readdress(home, address) {
      for (const joined of await goneTo(home))
        await connection.run(
          SCRIPTS.readdress,
          [addressKeys(joined).chain, partitionKeys(partitionOf(joined)).free],
          [encodeWhere(address)],
        );
    },

    async rows(address) {
      const home = await find(address);
      const chains = [home, ...(await goneTo(home))].map((each) => addressKeys(each).chain);
      const keys = await Promise.all(chains.map(async (chain) => decodeTexts(await connection.call('zrange', chain, 0, -1))));
      return keys.flat();
    },

    async namesOf(address) {
      const home = await find(address);
      const names = new Set([home, ...(await members(home, 'linked')), ...(await goneTo(home))]);
      names.delete(address);
      const homes = await Promise.all([...names].map(async (name) => ({ name, leads: await find(name) })));
      return homes.flatMap(({ name, leads }) => (leads === home ? [name] : []));
    },

    isOpen,
  };
}
