/** The export of a stored session, page by page, as its reader takes it. */
import { expect, test } from 'vitest';
import { shownFacts } from '#assistants/property-concierge/facts/shown.ts';
import { runOperation } from '#src/operations/operation.ts';
import { exportSession } from '#src/operations/session-export.ts';
import type { SessionRow } from '#storage/port.ts';
import { LEASE, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';
import { testContext } from './test-context.ts';

const ENTRIES = 450;

/** As the host stores it, from a conversation in Egyptian pounds. */
const snapshot = { format: 1, snapshot: { status: 'active', value: 'open', context: { entities: { currency: 'EGP' } } } };

async function stored(first: TurnParts) {
  const { context, lifecycle } = testContext({ factFieldsOf: () => shownFacts });
  const { store } = lifecycle;
  const commit = async (before: SessionRow, parts: TurnParts): Promise<SessionRow> => {
    const turn = turnOn(before, parts);
    expect(await store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
    return turn.session;
  };
  const row = await commit(newSession({ snapshot }), first);
  const reads: (readonly [after: number, limit: number])[] = [];
  const journal: typeof store.journal = (id, after, limit) => {
    reads.push([after, limit]);
    return store.journal(id, after, limit);
  };
  const exported = async (format: 'json' | 'csv' | 'md') => {
    const watched = { ...context, store: { ...store, journal } };
    return (await runOperation(exportSession, watched, () => ({ sessionId: row.id, format }))).bytes;
  };
  return { row, reads, exported, write: (parts: TurnParts) => commit(row, parts), archive: lifecycle.archive };
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => ({ text: `message ${index + 1}` }));

async function read(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of bytes) text += decoder.decode(part, { stream: true });
  return text;
}

test('reads a page as it is wanted, and ends with the entry that was the last one', async () => {
  const { reads, exported, write } = await stored({ journal: texts(ENTRIES) });
  const parts = (await exported('csv'))[Symbol.asyncIterator]();
  const head = (await parts.next()).value;
  const line = (await parts.next()).value;
  expect([new TextDecoder().decode(head).startsWith('seq,time'), new TextDecoder().decode(line).startsWith('1,')]).toEqual([true, true]);
  expect(reads).toEqual([[0, 200]]);
  await write({ journal: texts(10) });
  const rest = await read({ [Symbol.asyncIterator]: () => parts });
  const seqs = rest
    .trimEnd()
    .split('\r\n')
    .map((row) => Number.parseInt(row, 10));
  expect(seqs).toEqual(Array.from({ length: ENTRIES - 1 }, (_, index) => index + 2));
  expect(reads).toEqual([
    [0, 200],
    [200, 200],
    [400, 50],
  ]);
});

test('ends where the session is deleted meanwhile', async () => {
  const { row, exported, archive, write } = await stored({ journal: texts(ENTRIES) });
  const bytes = await exported('json');
  await write({ row: { open: false, state: 'CLOSED', closedAt: 1 } });
  expect(await archive.deleteSession(row.id)).toBe('deleted');
  expect(JSON.parse(await read(bytes))).toMatchObject({ session: { id: row.id }, entries: [] });
});

test('has the facts in the words of the assistant, with the currency that the session knows', async () => {
  const entities = { budgetMax: { value: 4_500_000, was: 4_000_000 } };
  const event = { type: 'agent.update', at: 1, agent: { id: 'a', name: 'Sara' }, entities };
  const payload = { stimulus: { kind: 'event', event } };
  const { exported } = await stored({ journal: [{ kind: 'transition', author: 'Sara', text: 'agent.update', payload }] });
  const text = (await read(await exported('md'))).replaceAll('\u00a0', ' ').replaceAll('\\', '');
  expect(text).toContain('Budget, at most: 4 million EGP → 4.5 million EGP');
});
