/**
 * Contestant (b) is what people write by hand. Each turn is one transaction, which locks the
 * conversation's row, restores its actor, sends it the message, and stores its snapshot and the
 * journal. The tables are what one would make for this and no more.
 *
 * With the answer in the journal, its entry is in the same transaction, marked as sent. With the
 * outbox, an outbox row is too, and another statement deletes the row and marks the entry after
 * sending. As in the runtime, the turn does not wait for that one.
 */
import pg from 'pg';
import { createActor } from 'xstate';
import type { Turns } from './contestant.ts';
import { conversationMachine, incoming } from './conversation.ts';
import type { Database } from './databases.ts';
import type { Answers } from './options.ts';

const SCHEMA = `
create table conversations (id integer primary key, snapshot json not null, updated_at timestamptz not null default now());
create table journal (
  id bigint generated always as identity primary key, conversation_id integer not null, event_id text unique,
  at timestamptz not null default now(), kind text not null, text text not null, sent_at timestamptz
);
create table outbox (journal_id bigint primary key, conversation_id integer not null, payload json not null)`;

/** Prepared statements. Most people do not write them, and they are faster. */
const LOCK = 'select snapshot from conversations where id = $1 for update';
const STORE = 'update conversations set snapshot = $2, updated_at = now() where id = $1';
const JOURNAL = `insert into journal (conversation_id, event_id, kind, text) values ($1, $2, 'customer', $3)`;
const JOURNAL_BOTH = `insert into journal (conversation_id, event_id, kind, text) values ($1, $2, 'customer', $3), ($1, null, 'assistant', $4) returning id`;
const JOURNAL_SENT = `insert into journal (conversation_id, event_id, kind, text, sent_at) values ($1, $2, 'customer', $3, null), ($1, null, 'assistant', $4, now())`;
const ENQUEUE = 'insert into outbox (journal_id, conversation_id, payload) values ($1, $2, $3)';
const MARK = 'with done as (delete from outbox where journal_id = $1) update journal set sent_at = now() where id = $1';

export async function byHandContestant(database: Database, answers: Answers, conversations: number, poolSize: number): Promise<Turns> {
  const pool = new pg.Pool({ connectionString: database.url, max: poolSize });
  await pool.query(SCHEMA);
  let reply: string | undefined;
  const machine = conversationMachine(answers, (text) => {
    reply = text;
  });
  const initial = JSON.stringify(createActor(machine).start().getPersistedSnapshot());
  await pool.query('insert into conversations (id, snapshot) select n, $2 from generate_series(0, $1 - 1) n', [conversations, initial]);
  await pool.query('analyze');
  let sent = 0;
  const marks = new Set<Promise<unknown>>();

  async function transaction(conversation: number): Promise<string | undefined> {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query({ name: 'lock', text: LOCK, values: [conversation] });
      const event = incoming(conversation, Date.now());
      reply = undefined;
      const actor = createActor(machine, { snapshot: rows[0].snapshot });
      actor.on('reply', ({ text }) => {
        reply = text;
      });
      actor.start();
      actor.send(event);
      const snapshot = JSON.stringify(actor.getPersistedSnapshot());
      actor.stop();
      // Read before the first await, since the next transaction sets it again.
      const text = reply;
      if (text === undefined) throw new Error('the machine gave no answer');
      await client.query({ name: 'store', text: STORE, values: [conversation, snapshot] });
      let entry: string | undefined;
      if (answers === 'live') {
        await client.query({ name: 'journal', text: JOURNAL, values: [conversation, `message:${++sent}`, event.text] });
      } else if (answers === 'journal') {
        await client.query({ name: 'journal-sent', text: JOURNAL_SENT, values: [conversation, `message:${++sent}`, event.text, text] });
      } else {
        const inserted = await client.query({
          name: 'journal-both',
          text: JOURNAL_BOTH,
          values: [conversation, `message:${++sent}`, event.text, text],
        });
        entry = String(inserted.rows[1].id);
        await client.query({ name: 'enqueue', text: ENQUEUE, values: [entry, conversation, JSON.stringify({ text })] });
      }
      await client.query('commit');
      return entry;
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }

  return {
    async turn(conversation) {
      const entry = await transaction(conversation);
      // Here the answer is out.
      if (entry === undefined) return;
      const mark = pool.query({ name: 'mark', text: MARK, values: [entry] }).finally(() => marks.delete(mark));
      marks.add(mark);
    },
    async settle() {
      await Promise.all(marks);
    },
    async counters() {
      if ((await database.count('select count(*) from outbox')) > 0) throw new Error('by-hand: answers are left in the outbox');
      return {
        'counted by the machines': await database.count(`select sum((snapshot->'context'->>'count')::int) from conversations`),
        'messages in the journal': await database.count(`select count(*) from journal where kind = 'customer'`),
        ...(answers !== 'live'
          ? { 'answers marked as sent': await database.count('select count(*) from journal where sent_at is not null') }
          : {}),
      };
    },
    close: () => pool.end(),
  };
}
