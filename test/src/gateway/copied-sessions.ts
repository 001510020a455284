/**
 * Many sessions and long transcripts in a store, made of a session that a visitor began. They are
 * there as if they had always been. Nothing announces them.
 */
import type { SessionId } from '#machines/ids.ts';
import type { SessionRow, Store, TurnCommit } from '#storage/port.ts';
import { LEASE, newAddress, newId, turnOn } from '#test/contracts/store-fixtures.ts';

type Committing = Pick<Store, 'load' | 'commit'>;

/** Turns that are committed together. */
const AT_ONCE = 200;
/** Entries of one turn. */
const OF_TURN = 500;
const WORDS = 'The parcel was to be here on Thursday and the carrier says it is still in the depot of the next town';

/** Copies of the session, each waiting a second longer than the one before. */
export async function copySession(store: Committing, id: SessionId, count: number): Promise<void> {
  const row = await existing(store, id);
  const turns = Array.from({ length: count }, (_, index) => {
    const before: SessionRow = { ...row, id: newId(), address: newAddress(), version: 0 };
    const waitingSince = row.waitingSince === null ? null : row.waitingSince - (index + 1) * 1_000;
    return turnOn(before, { row: { waitingSince }, journal: [{ text: `copy ${index}` }] });
  });
  for (let begin = 0; begin < turns.length; begin += AT_ONCE) await committed(store, turns.slice(begin, begin + AT_ONCE));
}

/** Adds messages of the customer and of the assistant, of one to forty words. */
export async function lengthenTranscript(store: Committing, id: SessionId, count: number): Promise<void> {
  for (let left = count; left > 0; left -= OF_TURN) {
    const row = await existing(store, id);
    const journal = Array.from({ length: Math.min(left, OF_TURN) }, (_, index) => {
      const number = row.version + index + 1;
      const author = number % 2 === 0 ? 'customer' : 'assistant';
      return { kind: `${author}.message`, author, at: row.lastActivityAt + index, text: `${number} ${wordsOf((number * 7) % 40)}` };
    });
    await committed(store, [turnOn(row, { journal })]);
  }
}

function wordsOf(count: number): string {
  const words = WORDS.split(' ');
  return Array.from({ length: count }, (_, index) => words[index % words.length]).join(' ');
}

async function existing(store: Committing, id: SessionId): Promise<SessionRow> {
  const row = await store.load({ id });
  if (row === undefined) throw new Error(`there is no session ${id}`);
  return row;
}

async function committed(store: Committing, turns: readonly TurnCommit[]): Promise<void> {
  const results = await store.commit(turns, 'a test', LEASE);
  if (results.some(({ ok }) => !ok)) throw new Error('a turn was not committed');
}
