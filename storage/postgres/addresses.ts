/**
 * The address book in PostgreSQL.
 *
 * Invariants
 * 1. A move alone holds the lock of its address, and then checks again whether a session is open
 *    there (`may_move`). Openings share that lock and check for an alias under it
 *    (migrations/0009-addresses.sql). So no session is opened at an address that is being left.
 * 2. Sessions that move are put behind those at the new address, or before them if one of those is
 *    open. So the open session stays the latest.
 * 3. All of a move is one statement. What is repeated finds an alias, and changes nothing.
 */
import DataLoader from 'dataloader';
import type { Address } from '#machines/ids.ts';
import { type AddressBook, atAccount, customersUnder, type Move } from '#storage/addresses.ts';
import { storable, texts } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeAddress, decodeCount, decodeMove, decodeValue } from '#storage/postgres/decode.ts';
import { NOW } from '#storage/postgres/now.ts';
import { violates } from '#storage/postgres/unavailable.ts';

/** Where the address in this expression is now. */
export const resolved = (address: string): string =>
  `coalesce((select a.moved_to from aliases a where a.address = ${address}), ${address})`;

/**
 * What follows from a move. `moving` has an old address (`old`), a new one (`new`), by how much the
 * ordinals of its sessions are shifted, and the session that moves by a turn (`mover`), whose row
 * that turn writes. `happens` is a condition on `m`.
 */
export const movedParts = (happens: string, settled: string): string => `alongside as (
  update sessions s set address = m.new, ordinal = s.ordinal + m.shift from moving m
  where s.address = m.old and s.id is distinct from m.mover and ${happens}
), rerouted as (
  update outbox o set lane = case when o.lane is null then null else m.new end, moved_to = m.new, session_ordinal = o.session_ordinal + m.shift
  from moving m cross join lateral (select x.id from sessions x where x.address = m.old) x
  where o.session_id = x.id and not (${settled}) and ${happens}
), aliased as (
  insert into aliases (address, moved_to, at) select m.old, m.new, ${NOW} from moving m where ${happens}
  on conflict (address) do update set moved_to = excluded.moved_to, at = excluded.at
), flattened as (
  update aliases a set moved_to = m.new from moving m where a.moved_to = m.old and a.address <> m.new and ${happens}
), reached as (
  delete from aliases a using moving m where a.address = m.new and ${happens}
)`;

/** $1 from, $2 to. */
const MOVE_CLOSED = `
with requested as materialized (
  select m.old, m.new from unnest($1::text[], $2::text[]) as m(old, new)
  where m.old <> m.new
    and not exists (select 1 from aliases a where a.address = m.old)
    and not exists (select 1 from sessions s where s.address = m.old and s.open)
  order by hashtext(m.old) & 63
), moving as materialized (
  select a.old, a.new, null::uuid as mover,
    case when exists (select 1 from sessions s where s.address = a.new and s.open)
      then (select min(s.ordinal) from sessions s where s.address = a.new) - 1
        - coalesce((select max(s.ordinal) from sessions s where s.address = a.old), 0)
      else coalesce((select max(s.ordinal) from sessions s where s.address = a.new), 0)
    end as shift
  from requested a where may_move(a.old, null)
), ${movedParts('true', 'false')}
select old as "from", new as "to" from moving`;

/** As the index `sessions_named` has it. */
const NAMED = `'^(web:|[a-z][a-z0-9_-]*:[0-9]+:)'`;
const NAMED_CUSTOMER = `account like 'customer:%' and account !~ '^customer:(web:|[a-z][a-z0-9_-]*:[0-9]+:)'`;

/** $1 the channel with its colon. */
const NAMED_ACCOUNTS = `
select distinct split_part(address, ':', 2) as value from (
  select s.address from sessions s where s.address !~ ${NAMED}
  union all
  select r.channel || ':' || r.account from rejected r where r.account !~ '^[0-9]+$'
  union all
  select substr(l.account, length('customer:') + 1) from ledger_accounts l where ${NAMED_CUSTOMER}
) kept
where starts_with(address, $1) order by value`;

/** $1 channel and account with their colons, $2 limit. */
const addressesUnder = (open: boolean): string => `
select distinct s.address from sessions s
where s.address !~ ${NAMED} and starts_with(s.address, $1)
  and ${open ? 's.open' : 'not exists (select 1 from sessions o where o.address = s.address and o.open)'}
order by s.address limit $2`;

/** $1 channel, $2 from, $3 to, $4 limit. One that was sent to both accounts is kept once. */
const MOVE_DEAD_LETTERS = `
with old as materialized (
  select channel, account, provider_id from rejected where channel = $1 and account = $2 order by provider_id limit $4 for update
), moved as (
  update rejected r set account = $3 from old o
  where r.channel = o.channel and r.account = o.account and r.provider_id = o.provider_id
    and not exists (select 1 from rejected x where x.channel = $1 and x.account = $3 and x.provider_id = o.provider_id)
), known as (
  delete from rejected r using old o
  where r.channel = o.channel and r.account = o.account and r.provider_id = o.provider_id
    and exists (select 1 from rejected x where x.channel = $1 and x.account = $3 and x.provider_id = o.provider_id)
)
select count(*)::int as count from old`;

/**
 * $1 beginning of the accounts, $2 the new one, $3 limit. What was spent under both is added up. An
 * account that changed while its lock was waited for stays for the next step. The reservation that
 * changed it is not in the statement's snapshot, and would be left under the old name. What a call
 * reserved under both names is held once.
 */
const MOVE_SPENT = `
with old as materialized (
  select *, xmin as changed from ledger_accounts
  where ${NAMED_CUSTOMER} and starts_with(account, $1) order by book, account limit $3 for update
), named as materialized (
  select o.*, $2 || substr(o.account, length($1) + 1) as name
  from old o join ledger_accounts a on a.book = o.book and a.account = o.account and a.xmin = o.changed
), gone as (
  delete from ledger_accounts a using named n where a.book = n.book and a.account = n.account
), twice as materialized (
  select r.book, r.id, r.account, n.name, r.tokens, r.money, r.expires_at, not r.lapsed and not r.settled as held,
    x.tokens as other_tokens, x.money as other_money, x.settled as other_settled, not x.lapsed and not x.settled as other_held
  from named n join ledger_reservations r on r.book = n.book and r.account = n.account
  join ledger_reservations x on x.book = r.book and x.id = r.id and x.account = n.name
), surplus as materialized (
  select book, name, sum(case when other_settled then tokens when other_held then other_tokens else 0 end)::bigint as tokens,
    sum(case when other_settled then money when other_held then other_money else 0 end)::bigint as money
  from twice where held group by book, name
), merged as (
  update ledger_reservations x set tokens = t.tokens, money = t.money, expires_at = t.expires_at, lapsed = false from twice t
  where t.held and not t.other_settled and x.book = t.book and x.id = t.id and x.account = t.name
), dropped as (
  delete from ledger_reservations r using twice t where r.book = t.book and r.id = t.id and r.account = t.account
), counted as (
  insert into ledger_accounts as a (book, account, spent_tokens, spent_money, held_tokens, held_money, keep_until)
  select n.book, n.name, n.spent_tokens, n.spent_money,
    n.held_tokens - coalesce(s.tokens, 0), n.held_money - coalesce(s.money, 0), n.keep_until
  from named n left join surplus s on s.book = n.book and s.name = n.name order by n.book, n.name
  on conflict (book, account) do update set
    spent_tokens = a.spent_tokens + excluded.spent_tokens, spent_money = a.spent_money + excluded.spent_money,
    held_tokens = a.held_tokens + excluded.held_tokens, held_money = a.held_money + excluded.held_money,
    keep_until = greatest(a.keep_until, excluded.keep_until)
), reserved as (
  update ledger_reservations r set account = n.name from named n
  where r.book = n.book and r.account = n.account
    and not exists (select 1 from ledger_reservations x where x.book = r.book and x.id = r.id and x.account = n.name)
)
select count(*)::int as count from old`;

/**
 * Times that others open sessions at the new address just then before the caller has to ask again.
 */
const ATTEMPTS = 5;

/** In the order of the addresses. */
const RESOLVE = `select ${resolved('k.address')} as address from unnest($1::text[]) with ordinality as k(address, nth) order by k.nth`;

/** Addresses in one statement. */
const RESOLVED_TOGETHER = 128;
/** Moves in one statement. */
const MOVED_TOGETHER = 64;

const keyOf = ({ from, to }: Move): string => `${from} ${to}`;

export function addressesOf(database: Database): AddressBook {
  // Those of one round of the event loop share one statement. Nothing is cached.
  const places = new DataLoader<string, Address>(
    async (addresses) => (await database.query('resolve', RESOLVE, [texts(addresses)])).map(decodeAddress),
    { cache: false, maxBatchSize: RESOLVED_TOGETHER },
  );

  async function moveTogether(moves: readonly Move[]): Promise<readonly Move[]> {
    const values = [texts(moves.map(({ from }) => from)), texts(moves.map(({ to }) => to))];
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await database.query('move-closed', MOVE_CLOSED, values, 'long')).map(decodeMove);
      } catch (error) {
        const raced = violates(error, 'sessions_latest') || violates(error, 'sessions_one_open');
        if (!raced || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * If several addresses become one, they move one after the other, because each has to see where
   * the previous one ended.
   */
  async function moveClosed(moves: readonly Move[]): Promise<readonly Move[]> {
    const moved: Move[] = [];
    for (let left = [...moves]; left.length > 0; ) {
      const together = [...new Map(left.map((move) => [move.to, move])).values()];
      moved.push(...(await moveTogether(together)));
      left = left.filter((move) => !together.includes(move));
    }
    return moved;
  }

  // Each new customer of a messenger with two ids is a move. Those of one round share a statement.
  const closedMoves = new DataLoader<Move, Move | undefined>(
    async (moves) => {
      const moved = new Map((await moveClosed(moves)).map((move) => [keyOf(move), move]));
      return moves.map((move) => moved.get(keyOf(move)));
    },
    { cache: false, maxBatchSize: MOVED_TOGETHER },
  );

  async function under(open: boolean, channel: string, account: string, limit: number): Promise<readonly Address[]> {
    const name = open ? 'open-under' : 'closed-under';
    return (await database.query(name, addressesUnder(open), [`${channel}:${account}:`, limit], 'long')).map(decodeAddress);
  }

  return {
    resolve: (address) => places.load(storable(address)),

    async aliasesOf(address) {
      const text = 'select a.address from aliases a where a.moved_to = $1 order by a.address';
      return (await database.query('aliases', text, [storable(address)])).map(decodeAddress);
    },

    moveClosed: async (moves) => (await Promise.all(moves.map((move) => closedMoves.load(move)))).filter((move) => move !== undefined),

    async namedAccounts(channel) {
      return (await database.query('named-accounts', NAMED_ACCOUNTS, [`${channel}:`], 'long')).map(decodeValue);
    },

    openAt: (channel, account, limit) => under(true, channel, account, limit),

    async moveAccount(channel, from, to, limit) {
      const closed = await under(false, channel, from, limit);
      const moved = await moveClosed(closed.map((address) => ({ from: address, to: atAccount(address, to) })));
      const [letters] = await database.query('move-dead-letters', MOVE_DEAD_LETTERS, [channel, from, to, limit], 'long');
      const spent = [customersUnder(channel, from), customersUnder(channel, to), limit];
      const [accounts] = await database.query('move-spent', MOVE_SPENT, spent, 'long');
      return moved.length + decodeCount(letters) + decodeCount(accounts);
    },
  };
}
