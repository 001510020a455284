import {
  type Amount,
  type Balance,
  checkAmount,
  checkBook,
  checkReservation,
  exceeds,
  type Ledger,
  NOTHING,
  REMEMBERED_MS,
} from '#storage/ledger.ts';
import type { KeptAccounts } from '#storage/memory/addresses.ts';

interface KeptAccount {
  spent: Amount;
  until: number;
  /** By reservation. */
  readonly held: Map<string, { readonly amount: Amount; readonly expiresAt: number }>;
}

interface KeptReservation {
  readonly accounts: readonly { readonly account: string; readonly keepMs: number }[];
  readonly forgetAt: number;
  readonly settled: boolean;
}

/** Both are in the order in which their entries were last used. */
interface Book {
  readonly accounts: Map<string, KeptAccount>;
  readonly reservations: Map<string, KeptReservation>;
}

const sum = (a: Amount, b: Amount): Amount => ({ tokens: a.tokens + b.tokens, microDollars: a.microDollars + b.microDollars });

/**
 * Ledger of a store in memory, with the same answers as PostgreSQL's. Each call is one synchronous
 * step.
 */
export function memoryLedger(now: () => number = Date.now): Ledger & KeptAccounts {
  const books = new Map<string, Book>();

  function bookOf(name: string): Book {
    checkBook(name);
    const book = books.get(name) ?? { accounts: new Map(), reservations: new Map() };
    books.set(name, book);
    return book;
  }

  /** What is kept longer may keep others a while that are due, if it was used before them. */
  function forget({ accounts, reservations }: Book): void {
    for (const [name, { until }] of accounts) {
      if (until > now()) break;
      accounts.delete(name);
    }
    for (const [id, { forgetAt }] of reservations) {
      if (forgetAt > now()) break;
      reservations.delete(id);
    }
  }

  function balance({ accounts }: Book, account: string, without?: string): Balance {
    const kept = accounts.get(account);
    let reserved = NOTHING;
    for (const [id, { amount, expiresAt }] of kept?.held ?? []) {
      if (expiresAt <= now()) kept?.held.delete(id);
      else if (id !== without) reserved = sum(reserved, amount);
    }
    return { account, spent: kept?.spent ?? NOTHING, reserved };
  }

  /** The account, from now on the one that was used last. */
  function used({ accounts }: Book, account: string, keepMs: number): KeptAccount {
    const kept = accounts.get(account) ?? { spent: NOTHING, until: 0, held: new Map() };
    kept.until = now() + keepMs;
    accounts.delete(account);
    accounts.set(account, kept);
    return kept;
  }

  function keep({ reservations }: Book, id: string, reservation: KeptReservation): void {
    reservations.delete(id);
    reservations.set(id, reservation);
  }

  return {
    names: () => [...books.values()].flatMap(({ accounts }) => [...accounts.keys()]),

    rename(from, to) {
      let renamed = 0;
      for (const book of books.values()) {
        for (const [account, kept] of [...book.accounts].filter(([name]) => name.startsWith(from))) {
          const name = to + account.slice(from.length);
          const until = Math.max(kept.until, book.accounts.get(name)?.until ?? 0);
          const into = used(book, name, until - now());
          into.spent = sum(into.spent, kept.spent);
          for (const [id, held] of kept.held) into.held.set(id, held);
          book.accounts.delete(account);
          renamed++;
        }
        for (const [id, kept] of book.reservations) {
          const accounts = kept.accounts.map(({ account, keepMs }) => ({
            account: account.startsWith(from) ? to + account.slice(from.length) : account,
            keepMs,
          }));
          book.reservations.set(id, { ...kept, accounts });
        }
      }
      return renamed;
    },

    async reserve(name, reservation) {
      checkReservation(reservation);
      const { id, amount, limits, ttlMs } = reservation;
      const book = bookOf(name);
      forget(book);
      if (book.reservations.get(id)?.settled === true) return { ok: false, reason: 'settled' };
      const stand = limits.map((limit) => ({ ...balance(book, limit.account, id), limit }));
      const exceeded = stand.filter((account) => exceeds(account, amount, account.limit));
      if (exceeded.length > 0) return { ok: false, reason: 'exceeded', exceeded };
      const expiresAt = now() + ttlMs;
      for (const { account, keepMs } of limits) used(book, account, keepMs).held.set(id, { amount: { ...amount }, expiresAt });
      const accounts = limits.map(({ account, keepMs }) => ({ account, keepMs }));
      keep(book, id, { accounts, forgetAt: expiresAt + REMEMBERED_MS, settled: false });
      return { ok: true };
    },

    async settle(name, id, amount) {
      checkAmount(amount);
      const book = bookOf(name);
      const kept = book.reservations.get(id);
      if (kept === undefined) return 'unknown';
      if (kept.settled) return 'already';
      for (const { account, keepMs } of kept.accounts) {
        const charged = used(book, account, keepMs);
        charged.held.delete(id);
        charged.spent = sum(charged.spent, amount);
      }
      keep(book, id, { ...kept, settled: true, forgetAt: now() + REMEMBERED_MS });
      return 'settled';
    },

    async balances(name, accounts) {
      const book = bookOf(name);
      forget(book);
      return accounts.map((account) => balance(book, account));
    },
  };
}
