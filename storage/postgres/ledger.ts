/**
 * Ledger in PostgreSQL.
 *
 * Invariants
 * 1. The sums of an account change only under the lock of its row. Locks are taken in the order of
 *    names. Decisions use the locked rows, which are the latest, and not the statement's snapshot,
 *    which may be older than the lock.
 * 2. A reservation leaves `held` of an account once, in the statement in which its row becomes
 *    lapsed or settled.
 * 3. A concurrent reservation under the same id is not in the snapshot. Either the primary key
 *    objects, or its amount counts as another's and there is no room. The statement is sent again,
 *    and then sees it.
 * 4. Few of these statements are under way at a time. All reservations of a tenant lock one row, so
 *    more of them would only wait there, each on a connection that turns and leases need.
 */
import { StatechatError } from '#machines/errors.ts';
import { checkAmount, checkBook, checkReservation, exceeds, type Ledger, REMEMBERED_MS, type Reservation } from '#storage/ledger.ts';
import { ints, texts } from '#storage/postgres/arrays.ts';
import { atMost } from '#storage/postgres/at-most.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeBalance, decodeSettled, decodeStands } from '#storage/postgres/decode.ts';
import { NOW } from '#storage/postgres/now.ts';
import { violates } from '#storage/postgres/unavailable.ts';

const DAY = 86_400_000;
/** So long after `now`, up to a whole day. */
const keepUntil = (now: string, ms: string) => `(${now} + ${ms} + ${DAY - 1}) / ${DAY} * ${DAY}`;

/**
 * Parameters are $1 book, $2 id, $3 tokens, $4 money, $5 milliseconds until it lapses, and of each
 * limit $6 account, $7 most tokens, $8 most money, $9 milliseconds kept.
 */
const RESERVE = `
with requested as materialized (
  select * from unnest($6::text[], $7::bigint[], $8::bigint[], $9::bigint[]) as a(account, most_tokens, most_money, keep_ms)
), stood as materialized (
  select account, spent_tokens, spent_money, held_tokens, held_money
  from ledger_accounts where book = $1 and account = any($6::text[]) order by account for update
), clock as materialized (
  select ${NOW} as now, count(*) as found from stood
), own as materialized (
  select r.account, r.tokens, r.money, r.settled, not r.lapsed and not r.settled as held
  from stood s join ledger_reservations r on r.book = $1 and r.id = $2 and r.account = s.account for update of r
), lapsed as (
  update ledger_reservations r set lapsed = true from stood s, clock c
  where r.book = $1 and r.account = s.account and r.id <> $2 and not r.lapsed and not r.settled and r.expires_at <= c.now
  returning r.account, r.tokens, r.money
), stands as materialized (
  select a.*, s.spent_tokens, s.spent_money,
    case when o.held then o.tokens else 0 end as own_tokens, case when o.held then o.money else 0 end as own_money,
    s.held_tokens - coalesce(l.tokens, 0) - case when o.held then o.tokens else 0 end as held_tokens,
    s.held_money - coalesce(l.money, 0) - case when o.held then o.money else 0 end as held_money
  from requested a join stood s on s.account = a.account
  left join (select account, sum(tokens)::bigint as tokens, sum(money)::bigint as money from lapsed group by account) l on l.account = a.account
  left join own o on o.account = a.account
), decision as materialized (
  select coalesce(bool_or(settled), false) as settled, (select found from clock) = cardinality($6::text[]) as complete,
    not exists (
      select 1 from stands
      where spent_tokens + held_tokens + $3::bigint > most_tokens or spent_money + held_money + $4::bigint > most_money
    ) as fits
  from own
), decided as materialized (
  select complete and fits and not settled as done from decision
), counted as (
  update ledger_accounts t set
    held_tokens = s.held_tokens + case when d.done then $3::bigint else s.own_tokens end,
    held_money = s.held_money + case when d.done then $4::bigint else s.own_money end,
    keep_until = greatest(t.keep_until, ${keepUntil('c.now', 's.keep_ms')})
  from stands s, decided d, clock c where t.book = $1 and t.account = s.account
), begun as (
  insert into ledger_reservations (book, id, account, tokens, money, keep_ms, expires_at)
  select $1, $2, s.account, $3::bigint, $4::bigint, s.keep_ms, c.now + $5::bigint from stands s, decided d, clock c
  where d.done and not exists (select 1 from own o where o.account = s.account)
), renewed as (
  update ledger_reservations r
  set tokens = $3::bigint, money = $4::bigint, keep_ms = s.keep_ms, expires_at = c.now + $5::bigint, lapsed = false
  from own o, stands s, decided d, clock c
  where d.done and s.account = o.account and r.book = $1 and r.id = $2 and r.account = o.account
)
select v.settled, v.complete, v.fits, s.account, s.spent_tokens as "spentTokens", s.spent_money as "spentMoney",
  s.held_tokens as "heldTokens", s.held_money as "heldMoney"
from decision v left join stands s on true`;

const OPEN_ACCOUNTS = `
insert into ledger_accounts (book, account, keep_until)
select $1, account, ${keepUntil(NOW, 'keep_ms')} from unnest($2::text[], $3::bigint[]) as a(account, keep_ms) order by account
on conflict do nothing`;

/**
 * An account that was renamed (addresses.ts) or deleted while its lock was waited for is missing
 * from the locked ones. Then nothing is charged, and the next statement sees the reservation under
 * its new name.
 */
const SETTLE = `
with seen as materialized (
  select account from ledger_accounts
  where book = $1 and account in (select account from ledger_reservations where book = $1 and id = $2)
), locked as materialized (
  select account from ledger_accounts where book = $1 and account in (select account from seen) order by account for update
), complete as materialized (
  select (select count(*) from locked) = (select count(*) from seen) as done
), stood as materialized (
  select account from locked, complete where done
), clock as materialized (
  select ${NOW} as now, count(*) as found from stood
), ended as (
  update ledger_reservations r set settled = true, expires_at = c.now from stood s, clock c
  where r.book = $1 and r.id = $2 and r.account = s.account and not r.settled
  returning r.account, r.tokens, r.money, r.lapsed, r.keep_ms
), charged as (
  update ledger_accounts a set
    spent_tokens = a.spent_tokens + $3::bigint, spent_money = a.spent_money + $4::bigint,
    held_tokens = a.held_tokens - case when e.lapsed then 0 else e.tokens end,
    held_money = a.held_money - case when e.lapsed then 0 else e.money end,
    keep_until = greatest(a.keep_until, ${keepUntil('c.now', 'e.keep_ms')})
  from ended e, clock c where a.book = $1 and a.account = e.account
  returning 1
)
select (select done from complete) as complete, (select found from clock) as known, (select count(*) from charged) as charged`;

const BALANCES = `
select u.account, coalesce(a.spent_tokens, 0) as "spentTokens", coalesce(a.spent_money, 0) as "spentMoney",
  coalesce(a.held_tokens - l.tokens, 0) as "heldTokens", coalesce(a.held_money - l.money, 0) as "heldMoney"
from unnest($2::text[]) with ordinality as u(account, nth)
left join ledger_accounts a on a.book = $1 and a.account = u.account
cross join lateral (
  select coalesce(sum(r.tokens), 0)::bigint as tokens, coalesce(sum(r.money), 0)::bigint as money from ledger_reservations r
  where r.book = $1 and r.account = u.account and not r.lapsed and not r.settled and r.expires_at <= ${NOW}
) l
order by u.nth`;

/** Deletes expired rows, a few at a time. An account is deleted with its reservations. */
const FORGET = `
with accounts as (
  delete from ledger_accounts a using (
    select book, account from ledger_accounts where keep_until <= ${NOW} order by keep_until limit $1 for update skip locked
  ) old where a.book = old.book and a.account = old.account returning a.book, a.account
), held as (
  delete from ledger_reservations r using accounts a where r.book = a.book and r.account = a.account and not r.lapsed and not r.settled
)
delete from ledger_reservations r using (
  select book, id, account from ledger_reservations
  where (lapsed or settled) and expires_at <= ${NOW} - ${REMEMBERED_MS} order by expires_at limit $1 for update skip locked
) old where r.book = old.book and r.id = old.id and r.account = old.account`;

/**
 * One call in this many also deletes expired rows, at most this many times as many, so deletion
 * keeps up with creation.
 */
const FORGET_EVERY = 64;
const FORGET_ROWS = FORGET_EVERY * 16;
/**
 * Each time another caller opened, renamed or deleted an account, or reserved under the same id.
 * More often than this is a defect.
 */
const ATTEMPTS = 10;
/** Statements at a time. While one waits for the disk, the next one is computed. */
const AT_ONCE = 2;

export function ledgerOf(database: Database): Ledger {
  const inTurn = atMost(AT_ONCE);
  let calls = 0;

  const query = (name: string, text: string, values: readonly unknown[]): Promise<readonly unknown[]> =>
    inTurn(() => database.query(name, text, values));

  async function ask(book: string, { id, amount, limits, ttlMs }: Reservation): Promise<ReturnType<typeof decodeStands>> {
    let refused = false;
    const accounts = texts(limits.map(({ account }) => account));
    const most = [ints(limits.map(({ tokens }) => tokens)), ints(limits.map(({ microDollars }) => microDollars))];
    const keep = ints(limits.map(({ keepMs }) => keepMs));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        const values = [book, id, amount.tokens, amount.microDollars, ttlMs, accounts, ...most, keep];
        const answer = decodeStands(await query('ledger-reserve', RESERVE, values));
        if (answer.settled || (answer.complete && (answer.fits || refused))) return answer;
        refused = answer.complete;
        if (!answer.complete) await query('ledger-open', OPEN_ACCOUNTS, [book, accounts, keep]);
      } catch (error) {
        if (!violates(error, 'ledger_reservations_pkey')) throw error;
      }
    }
    throw new StatechatError('defect', `A reservation could not be made in ${ATTEMPTS} attempts.`, { expose: false });
  }

  async function forget(): Promise<void> {
    calls += 1;
    // It may fail. The next call catches up.
    if (calls % FORGET_EVERY === 0) await query('ledger-forget', FORGET, [FORGET_ROWS]).catch(() => {});
  }

  return {
    async reserve(book, reservation) {
      checkBook(book);
      checkReservation(reservation);
      const { settled, fits, balances } = await ask(book, reservation);
      await forget();
      if (settled) return { ok: false, reason: 'settled' };
      if (fits) return { ok: true };
      const exceeded = reservation.limits.flatMap((limit) => {
        const balance = balances.find(({ account }) => account === limit.account);
        return balance !== undefined && exceeds(balance, reservation.amount, limit) ? [{ ...balance, limit }] : [];
      });
      return { ok: false, reason: 'exceeded', exceeded };
    },

    async settle(book, id, used) {
      checkBook(book);
      checkAmount(used);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const [row] = await query('ledger-settle', SETTLE, [book, id, used.tokens, used.microDollars]);
        const { complete, known, charged } = decodeSettled(row);
        if (complete) return charged > 0 ? 'settled' : known > 0 ? 'already' : 'unknown';
      }
      throw new StatechatError('defect', `A reservation could not be settled in ${ATTEMPTS} attempts.`, { expose: false });
    },

    async balances(book, accounts) {
      checkBook(book);
      return (await database.query('ledger-balances', BALANCES, [book, texts(accounts)])).map(decodeBalance);
    },
  };
}
