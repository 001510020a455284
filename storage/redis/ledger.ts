/**
 * Ledger in Redis.
 *
 * Invariants
 * 1. A book is in one slot, so a decision over several of its accounts is one script call.
 * 2. Time is the server's.
 * 3. Unlike everything else here, accounts and reservations expire by themselves, by their last
 *    use. They have no holds and no listing.
 */
import * as z from 'zod';
import { type Balance, checkAmount, checkBook, checkReservation, type Ledger, REMEMBERED_MS, type SpendingLimit } from '#storage/ledger.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount } from '#storage/redis/decode.ts';
import { accountKeys, reservationKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

const OUTCOMES = ['unknown', 'already', 'settled'] as const;
const RESERVED = 0;
const SETTLED = 1;

export function ledgerOf(connection: Connection): Ledger {
  return {
    async reserve(book, reservation) {
      checkBook(book);
      checkReservation(reservation);
      const { id, amount, limits, ttlMs } = reservation;
      const keys = [reservationKey(book, id), ...limits.flatMap(({ account }) => Object.values(accountKeys(book, account)))];
      const most = limits.flatMap(({ tokens, microDollars, keepMs }) => [tokens ?? '', microDollars ?? '', keepMs]);
      const [outcome, ...exceeded] = decodeNumbers(
        await connection.run(SCRIPTS.reserve, keys, [amount.tokens, amount.microDollars, ttlMs, REMEMBERED_MS, ...most]),
      );
      if (outcome === RESERVED) return { ok: true };
      if (outcome === SETTLED) return { ok: false, reason: 'settled' };
      return { ok: false, reason: 'exceeded', exceeded: exceededOf(exceeded, limits) };
    },

    async settle(book, id, used) {
      checkBook(book);
      checkAmount(used);
      const args = [used.tokens, used.microDollars, REMEMBERED_MS];
      return OUTCOMES[decodeCount(await connection.run(SCRIPTS.settle, [reservationKey(book, id)], args))] ?? 'unknown';
    },

    async balances(book, accounts) {
      checkBook(book);
      if (accounts.length === 0) return [];
      const keys = accounts.flatMap((account) => Object.values(accountKeys(book, account)));
      const numbers = decodeNumbers(await connection.run(SCRIPTS.balances, keys, []));
      return accounts.map((account, index) => balanceOf(account, numbers.slice(4 * index)));
    },
  };
}

/** {nth limit, its balance, …} */
function exceededOf(numbers: readonly number[], limits: readonly SpendingLimit[]): (Balance & { readonly limit: SpendingLimit })[] {
  return Array.from({ length: numbers.length / 5 }, (_, index) => {
    const [nth = 0, ...balance] = numbers.slice(5 * index);
    const limit = limits[nth - 1];
    return limit === undefined ? [] : [{ ...balanceOf(limit.account, balance), limit }];
  }).flat();
}

function balanceOf(account: string, numbers: readonly number[]): Balance {
  const [tokens = 0, microDollars = 0, heldTokens = 0, heldMicroDollars = 0] = numbers;
  return { account, spent: { tokens, microDollars }, reserved: { tokens: heldTokens, microDollars: heldMicroDollars } };
}

function decodeNumbers(reply: unknown): number[] {
  return z.array(z.int()).parse(reply);
}
