/**
 * Simplest possible ledger, one list of reservations that every answer scans. Here a reservation
 * lapses only by name.
 */
import fc from 'fast-check';
import type { Amount, Balance, Ledger, Reserved, Settled, SpendingLimit } from '#storage/ledger.ts';

export const DAY = 86_400_000;
export const BOOK = 'acme';

export interface Held {
  readonly id: string;
  readonly amount: Amount;
  readonly accounts: readonly string[];
  state: 'held' | 'lapsed' | 'settled';
  used: Amount;
}

export const amountOf = (tokens: number, microDollars = 0): Amount => ({ tokens, microDollars });

/** Without limits where none are given. */
export function limitOf(account: string, tokens: number | null = null, microDollars: number | null = null): SpendingLimit {
  return { account, tokens, microDollars, keepMs: DAY };
}

const total = (amounts: readonly Amount[]): Amount => ({
  tokens: amounts.reduce((sum, { tokens }) => sum + tokens, 0),
  microDollars: amounts.reduce((sum, { microDollars }) => sum + microDollars, 0),
});

class LedgerModel {
  #held: readonly Held[] = [];

  balance(account: string, without?: string): Balance {
    const mine = this.#held.filter(({ accounts }) => accounts.includes(account));
    return {
      account,
      spent: total(mine.filter(({ state }) => state === 'settled').map(({ used }) => used)),
      reserved: total(mine.filter(({ id, state }) => state === 'held' && id !== without).map(({ amount }) => amount)),
    };
  }

  reserve(id: string, amount: Amount, limits: readonly SpendingLimit[], lapses: boolean): Reserved {
    const before = this.#held.find((held) => held.id === id);
    if (before?.state === 'settled') return { ok: false, reason: 'settled' };
    const exceeded = limits.flatMap((limit) => {
      const balance = this.balance(limit.account, id);
      const { tokens, microDollars } = total([balance.spent, balance.reserved, amount]);
      const over = tokens > (limit.tokens ?? Number.POSITIVE_INFINITY) || microDollars > (limit.microDollars ?? Number.POSITIVE_INFINITY);
      return over ? [{ ...balance, limit }] : [];
    });
    if (exceeded.length > 0) return { ok: false, reason: 'exceeded', exceeded };
    const held: Held = {
      id,
      amount,
      accounts: limits.map(({ account }) => account),
      state: lapses ? 'lapsed' : 'held',
      used: amountOf(0),
    };
    this.#held = [...this.#held.filter((other) => other.id !== id), held];
    return { ok: true };
  }

  settle(id: string, used: Amount): Settled {
    const held = this.#held.find((other) => other.id === id);
    if (held === undefined) return 'unknown';
    if (held.state === 'settled') return 'already';
    held.state = 'settled';
    held.used = used;
    return 'settled';
  }
}

const ACCOUNTS = ['session', 'customer', 'tenant'] as const;
const some = fc.record({ tokens: fc.nat(60), microDollars: fc.nat(60) });
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');

/** The accounts of an id are always the same, as the port demands. */
const accountsOf = (name: string) => ACCOUNTS.filter((_, index) => name === 'a' || (name.charCodeAt(0) + index) % 3 > 0);

const step = fc.oneof(
  // Holds of zero duration lapse at once, so a reservation lapses without waiting.
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reserve' as const), id, amount: some, lapses: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), id, amount: some }) },
);
const most = fc.option(fc.nat(150), { nil: null });
export const ledgerStory = fc.record({
  limits: fc.tuple(...ACCOUNTS.map((account) => fc.tuple(most, most).map(([tokens, money]) => limitOf(account, tokens, money)))),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
});
export type LedgerStory = typeof ledgerStory extends fc.Arbitrary<infer T> ? T : never;

/**
 * Runs a sequence of steps on ledgers in turn and on the model. Returns each answer at each step,
 * with the balances at that time.
 */
export async function playLedger({ limits, steps }: LedgerStory, ledgers: readonly Ledger[], book: string) {
  const model = new LedgerModel();
  const said: unknown[] = [];
  const expected: unknown[] = [];
  for (const [index, one] of steps.entries()) {
    const ledger = ledgers[index % ledgers.length];
    if (ledger === undefined) break;
    if (one.do === 'settle') {
      said.push(await ledger.settle(book, one.id, one.amount));
      expected.push(model.settle(one.id, one.amount));
    } else {
      const mine = limits.filter(({ account }) => accountsOf(one.id).some((name) => name === account));
      said.push(await ledger.reserve(book, { id: one.id, amount: one.amount, limits: mine, ttlMs: one.lapses ? 0 : DAY }));
      expected.push(model.reserve(one.id, one.amount, mine, one.lapses));
    }
    said.push(await ledger.balances(book, ACCOUNTS));
    expected.push(ACCOUNTS.map((account) => model.balance(account)));
  }
  return { said, expected };
}
