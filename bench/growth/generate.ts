/**
 * Fills a database by SQL with what years would leave. That is sessions, their journal, and timers
 * that are due at once. Every session is a copy of one that the runtime made, so it can be
 * messaged, and its timer fires, like any other.
 */
import pg from 'pg';
import { addressOf } from './app.ts';

export interface Filler {
  /** Open sessions with an armed timer for the conversations from `from` on, `count` of them. */
  sessions(from: number, count: number): Promise<void>;
  /** Earlier messages of those sessions, `rows` in all. */
  journal(from: number, count: number, rows: number): Promise<void>;
  /** Moves the timers of those sessions to `due`. */
  due(from: number, count: number, due: number): Promise<void>;
  /**
   * Called after much was written to a table. Takes statistics and flushes what was written to the
   * disk.
   */
  tidy(table: 'sessions' | 'journal'): Promise<void>;
  /** The one number that a query returns. */
  number(query: string, values?: readonly unknown[]): Promise<number>;
  close(): Promise<void>;
}

/** Rows per statement. None holds its locks for long, and the progress can be printed. */
const CHUNK = 50_000;

/** Ids begin with a time, like the app's, so that new ones come at the end of the index. */
const ID = `(lpad(to_hex(1600000000000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid`;

/** Copies have room below their version for the journal that is written later. */
const VERSION = 1_000;

const SESSIONS = `
insert into sessions (id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags, open, snapshot, wake_at,
  opened_at, last_activity_at, closed_at, previous_id)
select ${ID}, left(s.address, -1) || n, s.ordinal, s.assistant, s.machine_id, s.machine_version, ${VERSION}, s.state, s.handler, s.agent_id, s.tags, s.open,
  s.snapshot, s.wake_at + n % 3600000, s.opened_at, s.last_activity_at, s.closed_at, s.previous_id
from sessions s, generate_series($2::int, $3::int) n where s.address = $1`;

const JOURNAL = `
insert into journal (session_id, seq, at, kind, author, text, event_id, payload)
select ${ID}, $4::int, j.at, j.kind, j.author, j.text, 'growth:' || $4::text, j.payload
from (select * from journal where kind = 'customer.message' and session_id = (select id from sessions where address = $1) order by seq limit 1) j,
  generate_series($2::int, $3::int) n`;

const DUE = `
update sessions set wake_at = $4::bigint, snapshot = regexp_replace(snapshot::text, '"due":[0-9]+', '"due":' || $4::bigint)::json
from generate_series($2::int, $3::int) n where address = left($1::text, -1) || n`;

/**
 * The runtime must have had a turn with the conversation of index 0, because its rows are copied.
 */
export async function openFiller(url: string): Promise<Filler> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const template = addressOf(0);

  async function inChunks(from: number, count: number, write: (first: number, last: number) => Promise<unknown>): Promise<void> {
    for (let first = from; first < from + count; first += CHUNK) await write(first, Math.min(first + CHUNK, from + count) - 1);
  }
  return {
    sessions: (from, count) => inChunks(from, count, (first, last) => client.query(SESSIONS, [template, first, last])),
    async journal(from, count, rows) {
      for (let seq = 1; (seq - 1) * count < rows; seq++) {
        const some = Math.min(count, rows - (seq - 1) * count);
        await inChunks(from, some, (first, last) => client.query(JOURNAL, [template, first, last, seq]));
      }
    },
    due: (from, count, due) => inChunks(from, count, (first, last) => client.query(DUE, [template, first, last, due])),
    async tidy(table) {
      await client.query(`vacuum analyze ${table}`);
      await client.query('checkpoint');
    },
    async number(query, values = []) {
      const { rows } = await client.query({ text: query, values: [...values], rowMode: 'array' });
      return Number(rows[0]?.[0] ?? 0);
    },
    close: () => client.end(),
  };
}
