/**
 * The tables and the transaction of the by-hand contestant, for those peers that bring the queue or
 * the workflow and leave the state to their user.
 */
import type { ClientBase } from 'pg';
import type { Incoming } from '../conversation.ts';
import { step } from './machine.ts';

export const STORE_SCHEMA = `
create table conversations (id integer primary key, snapshot json not null, updated_at timestamptz not null default now());
create table journal (
  id bigint generated always as identity primary key, conversation_id integer not null, event_id text unique,
  at timestamptz not null default now(), kind text not null, text text not null
)`;

const LOCK = 'select snapshot from conversations where id = $1 for update';
const STORE = 'update conversations set snapshot = $2, updated_at = now() where id = $1';
const JOURNAL = `insert into journal (conversation_id, event_id, kind, text) values ($1, $2, 'customer', $3)`;

/**
 * It is applied once, however often it is run. If the id of the message is in the journal already,
 * nothing is changed.
 */
export async function storeTurn(client: ClientBase, conversation: number, id: string, event: Incoming): Promise<string> {
  await client.query('begin');
  try {
    const { rows } = await client.query({ name: 'lock', text: LOCK, values: [conversation] });
    const { snapshot, reply } = step(rows[0].snapshot, event);
    const written = await client.query({
      name: 'journal',
      text: `${JOURNAL} on conflict (event_id) do nothing`,
      values: [conversation, id, event.text],
    });
    if (written.rowCount === 1) await client.query({ name: 'store', text: STORE, values: [conversation, snapshot] });
    await client.query('commit');
    return reply;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
