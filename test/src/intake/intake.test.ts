import { describe, expect, test, vi } from 'vitest';
import type { Actors } from '#actors/contract/api.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { createIntake } from '#src/intake/intake.ts';
import { newAddress, newId } from '#test/contracts/store-fixtures.ts';

const at = 1_790_000_000_000;

function setUp(publishTyping: Actors['publishTyping'] = async () => {}) {
  const published = vi.fn(publishTyping);
  const deliver = vi.fn<Actors['deliver']>(() => Promise.reject(new Error('nothing is delivered')));
  const mark = vi.fn<Actors['mark']>();
  const latestAt = vi.fn(async () => newId());
  const move = vi.fn<Actors['move']>(async () => ({ outcome: 'known', sessionId: newId(), version: 7 }));
  const actors = { deliver, mark, move, publishTyping: published };
  const intake = createIntake({ actors, assistantOf: () => 'companion', latestAt, ratings: { find: () => undefined } });
  return { intake, published, deliver, latestAt, move };
}

test.each(['', ' \n', '\u200b', '\u2800\ufe0f'])('a text of nothing visible is refused, and is none beside media: %j', async (text) => {
  const { intake, deliver } = setUp();
  const address = newAddress();
  await expect(intake({ type: 'message', id: 'm', address, at, text })).rejects.toThrow(InvalidInput);
  expect(deliver).not.toHaveBeenCalled();
  await intake({ type: 'message', id: 'n', address, at, text, media: [{ kind: 'image', ref: 'p' }] }).catch(() => {});
  await intake({ type: 'command', id: 'c', address, at, name: 'agent', args: text }).catch(() => {});
  expect(deliver.mock.calls.map(([, event]) => event)).toMatchObject([{ text: '' }, { args: '' }]);
});

describe('the customer types', () => {
  test('is published, and neither delivered to a session nor looked up in the store', async () => {
    const { intake, published, deliver, latestAt } = setUp();
    const address = newAddress();
    expect(await intake({ type: 'typing', address, at })).toEqual({ sessionId: '', version: 0, duplicate: false });
    expect(published.mock.calls).toEqual([[address, at]]);
    expect(deliver).not.toHaveBeenCalled();
    expect(latestAt).not.toHaveBeenCalled();
  });

  test('is published at most every three seconds, for each address', async () => {
    const { intake, published } = setUp();
    const [one, other] = [newAddress(), newAddress()];
    for (const ms of [0, 1, 2_999]) await intake({ type: 'typing', address: one, at: at + ms });
    await intake({ type: 'typing', address: other, at: at + 1 });
    await intake({ type: 'typing', address: one, at: at + 3_000 });
    expect(published.mock.calls).toEqual([
      [one, at],
      [other, at + 1],
      [one, at + 3_000],
    ]);
  });

  test('fails nothing if the store is away', async () => {
    const { intake } = setUp(() => Promise.reject(new Unavailable('the store is away')));
    await expect(intake({ type: 'typing', address: newAddress(), at })).resolves.toMatchObject({ version: 0 });
  });
});

test('an address that moves is acknowledged once that is durable, and known the second time', async () => {
  const { intake, move } = setUp();
  const [from, to] = [newAddress(), newAddress()];
  expect(await intake({ type: 'moved', id: 'm', from, to, at })).toMatchObject({ version: 7, duplicate: true });
  await intake({ type: 'moved', id: 'n', from, to, at, certain: false });
  expect(move.mock.calls).toEqual([
    [from, to, { eventId: 'm', certain: true }],
    [from, to, { eventId: 'n', certain: false }],
  ]);
});

test('a message and its edits have one id in the session, and each event its own', async () => {
  const { intake, deliver } = setUp();
  deliver.mockImplementation(async () => ({ sessionId: newId(), version: 1, state: 'ACTIVE', handler: 'bot', duplicate: false }) as never);
  const address = newAddress();
  const media = [{ kind: 'image' as const, ref: 'p' }];
  await intake({ type: 'command', id: 'e1', messageId: 'm1', address, at, name: 'agent', args: 'look', media });
  await intake({ type: 'edit', id: 'e2', messageId: 'm1', address, at, text: 'look here' });
  await intake({ type: 'message', id: 'e3', address, at, text: 'hello' });
  expect(deliver.mock.calls.map(([, event, options]) => [event, options])).toEqual([
    [{ type: 'customer.command', id: 'm1', at, name: 'agent', args: 'look', media }, { eventId: 'e1' }],
    [{ type: 'customer.edit', id: 'm1', at, text: 'look here' }, { eventId: 'e2' }],
    [{ type: 'customer.message', id: 'e3', at, text: 'hello' }, { eventId: 'e3' }],
  ]);
});
