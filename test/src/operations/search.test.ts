/** Search over open and closed sessions, and the list of notes that mention the caller. */
import { describe, expect, it } from 'vitest';
import type { Json } from '#machines/definition.ts';
import { agentCaller } from '#src/agents/scopes.ts';
import { runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { newAddress, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { testContext } from './test-context.ts';

/** As the host stores it. */
const stored = (context: Json): Json => ({
  format: 1,
  snapshot: { status: 'active', value: 'open', context },
  timers: [],
  serials: {},
  next: 1,
});

interface Said {
  readonly text: string;
  readonly at: number;
}

const of = (customer: Json, messages: readonly Said[] = [], part: Parameters<typeof newSession>[0] = {}) => ({
  row: newSession({ snapshot: stored({ customer }), ...part }),
  messages,
});

async function search(sessions: readonly ReturnType<typeof of>[]) {
  const { context, lifecycle } = testContext();
  for (const { row, messages } of sessions)
    await lifecycle.store.commit([turnOn(row, messages.length === 0 ? {} : { journal: messages })], 'me', 60_000);
  return async (query: string, limit = 30) => {
    const { matches, complete } = await runOperation(operations['sessions.search'], context, () => ({ query, limit }));
    return { complete, found: matches.map(({ session, field, line }) => [session.id, field, line]) };
  };
}

describe('search of sessions', () => {
  it('finds who a customer is, however it is written', async () => {
    const nora = of({ name: 'نُورا السيد', handle: 'nora_s', phone: '+20 100 555 1234' });
    const zoe = of({ name: 'Zoé' }, [], { tags: ['VIP'], open: false, closedAt: 9 });
    const plain = of({}, [], { address: newAddress() });
    const find = await search([nora, zoe, plain]);
    expect((await find('نورا')).found).toEqual([[nora.row.id, 'name', 'نُورا السيد']]);
    expect((await find('NORA')).found).toEqual([[nora.row.id, 'handle', 'nora_s']]);
    expect((await find('100-5551')).found).toEqual([[nora.row.id, 'phone', '+20 100 555 1234']]);
    expect((await find('zoe')).found).toEqual([[zoe.row.id, 'name', 'Zoé']]);
    expect((await find('vip')).found).toEqual([[zoe.row.id, 'tag', 'VIP']]);
    expect((await find(plain.row.address)).found).toEqual([[plain.row.id, 'address', plain.row.address]]);
    expect(await find('nobody at all')).toEqual({ found: [], complete: true });
  });

  it('lets turns in between, however much it reads', async () => {
    const find = await search(Array.from({ length: 20 }, () => of({}, [{ text: 'a parcel', at: 1 }])));
    let rounds = 0;
    let counting = setImmediate(function count() {
      rounds += 1;
      counting = setImmediate(count);
    });
    await find('nothing of this');
    clearImmediate(counting);
    expect(rounds).toBeGreaterThanOrEqual(4);
  });

  it('finds what was said, with the part around it, and says when there is more', async () => {
    const long = `${'before '.repeat(60)}the parcel is late ${'after '.repeat(60)}`;
    const rows = [
      of({}, [
        { text: 'The first parcel', at: 1 },
        { text: long, at: 2 },
      ]),
      of({}, [{ text: 'another parcel', at: 3 }]),
    ];
    const find = await search(rows);
    const { found, complete } = await find('parcel late');
    expect([found.length, complete]).toEqual([1, true]);
    expect(found[0]?.[2]).toMatch(/^….*the parcel is late.*…$/);
    expect((await find('parcel')).found).toHaveLength(2);
    expect(await find('parcel', 1)).toMatchObject({ complete: false, found: [[rows[1]?.row.id, 'text', 'another parcel']] });
  });
});

describe('mentions', () => {
  it('shows the note that mentions the caller, until it is seen, and none of a session that is gone', async () => {
    const { context, lifecycle } = testContext({ caller: agentCaller({ id: 'omar', name: 'Omar', role: 'agent' }) });
    const row = newSession();
    const note = (text: string) => ({ kind: 'note', author: 'Amira', text });
    const journal = [note('an older note'), note('@Omar look at this'), { kind: 'effect', author: null, text: null }];
    await lifecycle.store.commit([turnOn(row, { journal })], 'me', 60_000);
    const mention = { agentId: 'omar', by: 'amira', at: 7, seenAt: null };
    const gone = newSession().id;
    await lifecycle.mentions.addMentions([
      { ...mention, id: `${row.id}.3`, sessionId: row.id },
      { ...mention, id: `${gone}.3`, sessionId: gone },
      { ...mention, id: `${row.id}.3`, sessionId: row.id, agentId: 'amira' },
    ]);
    const list = async (unseen: boolean) => (await runOperation(operations['mentions.list'], context, () => ({ unseen }))).mentions;
    const shown = { id: `${row.id}.3`, sessionId: row.id, seq: 2, at: 7, by: 'Amira', text: '@Omar look at this' };
    expect(await list(true)).toEqual([{ ...shown, seen: false }]);
    const see = () => runOperation(operations['mentions.see'], context, () => ({ ids: [`${row.id}.3`] }));
    expect([await see(), await see()]).toEqual([{ seen: 1 }, { seen: 0 }]);
    expect(await list(true)).toEqual([]);
    expect(await list(false)).toEqual([{ ...shown, seen: true }]);
  });
});
