/**
 * Ledger port, with what was spent and what is reserved, in tokens and in money, by account. The
 * caller sets the limits. The ledger makes sure that concurrent callers do not exceed them
 * together. Each store has one (`StoreLifecycle.ledger`).
 *
 * A reservation counts in all its accounts or in none. It ends by `settle`, which charges the real
 * usage once. Or it lapses by the store's clock, as when its process dies, and releases what it
 * held. A lapsed reservation can still be settled. Usage is charged whenever it is known, even
 * beyond a limit.
 *
 * Money is whole micro-dollars (1,000,000 to the dollar), times are milliseconds. Failures to reach
 * the store are `Unavailable`.
 */
import { InvalidInput } from '#machines/errors.ts';

export interface Amount {
  readonly tokens: number;
  readonly microDollars: number;
}

/** One account that a reservation counts in, and how far it may go. */
export interface SpendingLimit {
  /** Named by the caller, such as `session:…` or `tenant/2026-11`. 1 to 300 characters. */
  readonly account: string;
  /** Most that may be spent and reserved. Null for no limit. */
  readonly tokens: number | null;
  readonly microDollars: number | null;
  /**
   * The account may be deleted, with its spending, after this time without a reservation or
   * settlement.
   */
  readonly keepMs: number;
}

export interface Reservation {
  /**
   * Caller's own id. The same id again replaces the amount and restarts the time. It is never
   * counted twice.
   */
  readonly id: string;
  readonly amount: Amount;
  /** 1 to `MAX_LIMITS`, each account once. With the same id the same accounts. */
  readonly limits: readonly SpendingLimit[];
  /** How long it holds unless it is settled or reserved again. */
  readonly ttlMs: number;
}

export interface Balance {
  readonly account: string;
  readonly spent: Amount;
  /** What live reservations hold. */
  readonly reserved: Amount;
}

export type Reserved =
  | { readonly ok: true }
  /** It would exceed these limits, each with the balance of its account. Nothing was reserved. */
  | { readonly ok: false; readonly reason: 'exceeded'; readonly exceeded: readonly (Balance & { readonly limit: SpendingLimit })[] }
  /** A reservation of this id was settled before, so its purpose is done. */
  | { readonly ok: false; readonly reason: 'settled' };

/**
 * `already` means that it was settled before, and nothing was charged. `unknown` means that there
 * is none, or that it lapsed more than `REMEMBERED_MS` ago.
 */
export type Settled = 'settled' | 'already' | 'unknown';

/**
 * Accounts of one `book` are reserved together. Different books are independent. A tenant is a
 * book, of 1 to 100 characters without braces.
 */
export interface Ledger {
  reserve(book: string, reservation: Reservation): Promise<Reserved>;
  /** Ends a reservation and charges `used` to its accounts, whatever was reserved. */
  settle(book: string, id: string, used: Amount): Promise<Settled>;
  /** Balances in the order of `accounts`. An unused account has a balance of 0. */
  balances(book: string, accounts: readonly string[]): Promise<readonly Balance[]>;
}

const MAX_LIMITS = 16;

/**
 * How long a reservation is remembered after it was settled or has lapsed. A second or late
 * settlement has arrived by then. A day.
 */
export const REMEMBERED_MS = 86_400_000;

export const NOTHING: Amount = { tokens: 0, microDollars: 0 };

/** Most of an amount, a billion dollars, so that sums of many stay whole numbers. */
const MAX_AMOUNT = 1_000_000_000_000_000;

/** Excess of an account with this `balance` (without the reservation itself). */
export function exceeds({ spent, reserved }: Pick<Balance, 'spent' | 'reserved'>, amount: Amount, limit: SpendingLimit): boolean {
  return (
    (limit.tokens !== null && spent.tokens + reserved.tokens + amount.tokens > limit.tokens) ||
    (limit.microDollars !== null && spent.microDollars + reserved.microDollars + amount.microDollars > limit.microDollars)
  );
}

/** Throws `InvalidInput`, because numbers that are not whole would corrupt all later sums. */
export function checkAmount(amount: Amount): void {
  for (const [name, value] of Object.entries(amount))
    if (!Number.isSafeInteger(value) || value < 0 || value > MAX_AMOUNT)
      throw new InvalidInput(`${name}: a whole number from 0 to ${MAX_AMOUNT} is expected, not ${value}`);
}

/** Throws `InvalidInput`. */
export function checkBook(book: string): void {
  if (!/^[^\p{Cc}\p{Cs}{}]{1,100}$/u.test(book))
    throw new InvalidInput('book: 1 to 100 characters are expected, none a brace or a control');
}

/** Throws `InvalidInput`. */
export function checkReservation({ id, amount, limits, ttlMs }: Reservation): void {
  checkAmount(amount);
  checkName('id', id);
  const accounts = new Set(limits.map(({ account }) => account));
  if (limits.length === 0 || limits.length > MAX_LIMITS || accounts.size < limits.length)
    throw new InvalidInput(`limits: 1 to ${MAX_LIMITS} are expected, of different accounts`);
  for (const { account, tokens, microDollars, keepMs } of limits) {
    checkName('account', account);
    checkAmount({ tokens: tokens ?? 0, microDollars: microDollars ?? 0 });
    checkTime('keepMs', keepMs);
  }
  checkTime('ttlMs', ttlMs);
}

function checkName(what: string, text: string): void {
  if (!/^[^\p{Cc}\p{Cs}]{1,300}$/u.test(text)) throw new InvalidInput(`${what}: 1 to 300 characters are expected, none of them a control`);
}

/** A hundred years, far below where numbers of milliseconds lose precision. */
function checkTime(what: string, ms: number): void {
  if (!Number.isSafeInteger(ms) || ms < 0 || ms > 3_153_600_000_000)
    throw new InvalidInput(`${what}: whole milliseconds are expected, at most a hundred years of them`);
}
