/**
 * The address book in Redis. homes.ts describes how an address moves.
 *
 * No index leads from a named account to its data. The data is found by walking through all
 * sessions, dead letters and accounts of the ledger. That is done when a program starts, and takes
 * Redis about a second for a million sessions.
 */
import * as z from 'zod';
import type { Address } from '#machines/ids.ts';
import { type AddressBook, atAccount, customersUnder, isNamed, type Move } from '#storage/addresses.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeDeadLetters, decodeTexts, encodeDeadLetter } from '#storage/redis/decode.ts';
import type { Homes } from '#storage/redis/homes.ts';
import { accountKeys, DEAD_LETTER_KEYS, homeOfMember, ledgerAccountOf, partitionKeys } from '#storage/redis/keys.ts';
import { PARTITIONS } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

/** Members of a listing in one call. */
const PAGE = 1_000;

export function addressesOf(connection: Connection, homes: Homes): AddressBook {
  async function resolve(address: Address): Promise<Address> {
    return homes.current(await homes.find(address));
  }

  async function moveOne({ from, to }: Move): Promise<boolean> {
    const home = await homes.find(from);
    if (from === to) return false;
    const now = await homes.current(home);
    // It has moved. What a process that died has left undone of that is done.
    if (now === to && (await homes.join(from, home))) await homes.readdress(home, to);
    if (now !== from) return false;
    const there = await homes.find(to);
    if (there !== home && (await homes.current(there)) === to && (await homes.isOpen(there))) {
      if (!(await homes.join(from, there))) return false;
      await homes.readdress(there, to);
      return true;
    }
    if (!(await homes.join(to, home)) || !(await homes.moveClosed(home, from, to))) return false;
    await homes.readdress(home, to);
    return true;
  }

  async function moveClosed(moves: readonly Move[]): Promise<readonly Move[]> {
    const moved: Move[] = [];
    for (const move of moves) if (await moveOne(move)) moved.push(move);
    return moved;
  }

  /** Homes of a channel's sessions under named accounts that have not moved. */
  async function namedHomes(channel: string): Promise<readonly Address[]> {
    const found = new Set<Address>();
    for (const partition of PARTITIONS) {
      const { all } = partitionKeys(partition);
      for (let from = '-'; ; ) {
        const members = decodeTexts(await connection.call('zrangebylex', all, from, '+', 'limit', 0, PAGE));
        for (const home of members.map(homeOfMember))
          if (home.startsWith(`${channel}:`) && isNamed(home.split(':')[1] ?? '')) found.add(home);
        if (members.length < PAGE) break;
        from = `(${members.at(-1)}`;
      }
    }
    const unmoved = await Promise.all([...found].map(async (home) => ((await resolve(home)) === home ? [home] : [])));
    return unmoved.flat().sort();
  }

  async function homesUnder(channel: string, account: string, open: boolean): Promise<readonly Address[]> {
    const under = (await namedHomes(channel)).filter((home) => home.startsWith(`${channel}:${account}:`));
    const wanted = await Promise.all(under.map(async (home) => ((await homes.isOpen(home)) === open ? [home] : [])));
    return wanted.flat();
  }

  async function deadLettersOf(channel: string) {
    const reply = z.array(z.string()).parse(await connection.call('hvals', DEAD_LETTER_KEYS[2] ?? ''));
    const events = decodeDeadLetters(reply.flatMap((document) => [document, '0'])).map(({ event }) => event);
    return events.filter((event) => event.channel === channel);
  }

  async function moveDeadLetters(channel: string, from: string, to: string, limit: number): Promise<number> {
    const moving = (await deadLettersOf(channel)).filter(({ account }) => account === from).slice(0, limit);
    for (const event of moving) {
      const moved = { ...event, account: to };
      const names = [event, moved].map(({ account, providerId }) => JSON.stringify([channel, account, providerId]));
      await connection.run(SCRIPTS.moveDeadLetters, DEAD_LETTER_KEYS, [...names, encodeDeadLetter(moved)]);
    }
    return moving.length;
  }

  async function moveSpent(from: string, to: string, limit: number): Promise<number> {
    const moving = (await connection.keys(`account:{*}:${from}*`)).slice(0, limit);
    for (const key of moving) {
      const { book, account } = ledgerAccountOf(key);
      const keys = [account, to + account.slice(from.length)].flatMap((name) => {
        const { account: total, live } = accountKeys(book, name);
        return [total, live];
      });
      await connection.run(SCRIPTS.moveSpent, keys, []);
    }
    return moving.length;
  }

  return {
    resolve,

    async aliasesOf(address) {
      const names = await homes.namesOf(address);
      return (await resolve(address)) === address ? names : [];
    },

    moveClosed,

    async namedAccounts(channel) {
      const sessions = (await namedHomes(channel)).map((home) => home.split(':')[1] ?? '');
      const deadLetters = (await deadLettersOf(channel)).map(({ account }) => account);
      const spenders = (await connection.keys(`account:{*}:customer:${channel}:*`)).map(
        (key) => ledgerAccountOf(key).account.split(':')[2] ?? '',
      );
      return [...new Set([...sessions, ...deadLetters, ...spenders])].filter(isNamed).sort();
    },

    openAt: async (channel, account, limit) => (await homesUnder(channel, account, true)).slice(0, limit),

    async moveAccount(channel, from, to, limit) {
      const closed = (await homesUnder(channel, from, false)).slice(0, limit);
      const moved = await moveClosed(closed.map((address) => ({ from: address, to: atAccount(address, to) })));
      const deadLetters = await moveDeadLetters(channel, from, to, limit);
      return moved.length + deadLetters + (await moveSpent(customersUnder(channel, from), customersUnder(channel, to), limit));
    },
  };
}
