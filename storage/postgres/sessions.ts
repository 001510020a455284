/** Reading sessions and journals, handing out those that are due, and the shared settings. */
import DataLoader from 'dataloader';
import { checkedCursor, sessionsCursor } from '#storage/cursor.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import { resolved } from '#storage/postgres/addresses.ts';
import { storable, texts, uuids } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeEntry, decodeLatest, decodeSession, decodeValue, ENTRY, SESSION } from '#storage/postgres/decode.ts';
import { listing } from '#storage/postgres/listing.ts';

const LOAD = `select ${SESSION} from sessions s where s.id = any ($1::uuid[])`;

const LATEST = `
select k.address as requested, ${SESSION} from (select distinct unnest($1::text[])) as k(address)
cross join lateral (select * from sessions s where s.address = ${resolved('k.address')} order by s.ordinal desc limit 1) s`;

/**
 * Sessions in one statement. An app that starts among many customers, or beside another instance,
 * loads one a message.
 */
const LOADED_TOGETHER = 128;

/** A row that is being committed right now is skipped. Its turn checks its timers itself. */
const DUE = `
with due as materialized (
  select s.id from sessions s where s.wake_at <= $1 order by s.wake_at limit $3 for update skip locked
), moved as (
  update sessions s set wake_at = $2 from due d where s.id = d.id returning ${SESSION}
)
select * from moved`;

const JOURNAL = `select ${ENTRY} from journal j where j.session_id = $1 and j.seq > $2 order by j.seq limit $3`;

const SETTING = `
with written as (
  insert into settings (name, value) values ($1, $2) on conflict (name) do nothing returning value
)
select value from written union all select value from settings where name = $1 limit 1`;

type Sessions = Pick<Store, 'load' | 'claimDue' | 'journal' | 'sessions' | 'setting'>;

export function sessionsOf(database: Database): Sessions {
  const byId = loadsTogether(async (ids) =>
    (await database.query('load', LOAD, [uuids(ids)])).map(decodeSession).map((row) => [row.id, row]),
  );
  const latestAt = loadsTogether(async (addresses) =>
    (await database.query('latest', LATEST, [texts(addresses)])).map(decodeLatest).map(({ requested, session }) => [requested, session]),
  );
  return {
    load: (key) => ('id' in key ? byId.load(key.id) : latestAt.load(storable(key.address).toWellFormed())),

    async claimDue(now, until, limit) {
      const rows = await database.query('claim-due', DUE, [now, until, limit]);
      return rows.map(decodeSession);
    },

    async journal(sessionId, after, limit) {
      const rows = await database.query('journal', JOURNAL, [sessionId, after, limit]);
      return rows.map(decodeEntry);
    },

    async sessions(filter, limit, cursor) {
      const { name, text, values } = listing(filter, limit, checkedCursor(sessionsCursor, cursor));
      const rows = await database.query(name, text, values, 'long');
      const items = rows.slice(0, limit).map(decodeSession);
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },

    async setting(name, initial) {
      for (;;) {
        const [row] = await database.query('setting', SETTING, [storable(name), storable(initial)]);
        // No row, because another writer's row came between our snapshot and our insert. The next
        // read sees it.
        if (row !== undefined) return decodeValue(row);
      }
    },
  };
}

/**
 * Loads of one round of the event loop share one statement. Nothing is cached. A row is as it was
 * at the time of the call, or newer.
 */
function loadsTogether(read: (keys: readonly string[]) => Promise<readonly (readonly [string, SessionRow])[]>) {
  return new DataLoader<string, SessionRow | undefined>(
    async (keys) => {
      const rows = new Map(await read(keys));
      return keys.map((key) => rows.get(key));
    },
    { cache: false, maxBatchSize: LOADED_TOGETHER },
  );
}
