import { expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { unseenBy } from '#src/operations/unseen.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

type Entry = NonNullable<NonNullable<Parameters<typeof turnOn>[1]>['journal']>[number];

const event = (type: string) => ({ kind: 'event', event: { type } });
const customer: Entry = { kind: 'customer.message', payload: { stimulus: event('customer.message') } };
const bot: Entry = { kind: 'assistant.message', author: 'assistant', payload: { effect: 'message.send', params: { text: 'hi' } } };
const agent = (id: string): Entry => ({
  kind: 'agent.message',
  author: id,
  eventId: null,
  payload: { effect: 'message.send', params: { text: 'hi', agent: { id, name: id } } },
});

/** `seq` of what is unseen by Amira, who saw `seen`. */
async function unseen(journal: readonly Entry[], seen: number, eventId?: string) {
  const { store } = createMemoryStore();
  const turn = turnOn(newSession(), { journal });
  await store.commit([turn], 'test', LEASE);
  const { id: sessionId, version } = turn.session;
  const { written, repeated } = await unseenBy(store, 'amira', { sessionId, seen, version, eventId });
  return { written: written?.seq, repeated: repeated?.seq };
}

test.each<[string, Entry, boolean]>([
  ['a message of the customer', customer, true],
  ['an edit', { kind: 'customer.edit', payload: { stimulus: event('customer.edit') } }, true],
  ['a command', { kind: 'customer.message', payload: { stimulus: event('customer.command') } }, true],
  [
    'one that waits for code',
    { kind: 'customer.message', payload: { stimulus: { kind: 'hold', stimulus: event('customer.message') } } },
    true,
  ],
  ['one that was put aside', { kind: 'parked', payload: { reason: 'boom', parked: event('customer.message') } }, true],
  ['one that changed nothing', { kind: 'customer.edit', payload: { stimulus: event('customer.edit'), ignored: 'unknown' } }, true],
  ['a message of a colleague', agent('omar'), true],
  ['her own message from another window', agent('amira'), false],
  ['a message of the bot', bot, false],
  [
    "a colleague's message that was refused",
    { kind: 'transition', payload: { stimulus: event('agent.message'), refused: { code: 'held' } } },
    false,
  ],
  ['a note', { kind: 'note', payload: { stimulus: event('note') } }, false],
])('%s', async (_, entry, counts) => {
  expect((await unseen([customer, entry], 1)).written).toBe(counts ? 2 : undefined);
  expect((await unseen([customer, entry], 2)).written).toBeUndefined();
});

test('what was sent before is found, whatever is unseen', async () => {
  const own = { ...agent('amira'), eventId: 'api:1' };
  expect(await unseen([customer, customer, own], 1, 'api:1')).toEqual({ written: undefined, repeated: 3 });
  expect(await unseen([customer, customer], 1, 'api:1')).toEqual({ written: 2, repeated: undefined });
});

test('nobody has seen what is not there yet', async () => {
  await expect(unseen([customer], 2_000_000_000)).rejects.toThrow(InvalidInput);
});
