import { describe, expect, test, vi } from 'vitest';
import type { Actors } from '#actors/contract/api.ts';
import { statusKey } from '#channels/status-key.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import { createIntake } from '#src/intake/intake.ts';
import { newAddress, newId } from '#test/contracts/store-fixtures.ts';

const at = 1_790_000_000_000;

function setUp(publishTyping: Actors['publishTyping'] = async () => {}) {
  const published = vi.fn(publishTyping);
  const deliver = vi.fn<Actors['deliver']>(() => Promise.reject(new Error('nothing is delivered')));
  const mark = vi.fn<Actors['mark']>();
  const report = vi.fn<Actors['report']>();
  const latestAt = vi.fn(async (): Promise<SessionId | undefined> => newId());
  const move = vi.fn<Actors['move']>(async () => ({ outcome: 'known', sessionId: newId(), version: 7 }));
  const undeliverable = vi.fn<Actors['undeliverable']>();
  const isKept = vi.fn(async () => true);
  const actors = { deliver, mark, report, undeliverable, move, publishTyping: published };
  const intake = createIntake({ actors, assistantOf: () => 'companion', latestAt, isKept, ratings: { find: () => undefined } });
  return { intake, published, deliver, latestAt, isKept, mark, report, undeliverable, move };
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

describe('what messengers report', () => {
  const receipt = { sessionId: newId(), version: 4, state: 'ACTIVE', handler: 'bot', duplicate: false } as never;

  test('a call and an echo go to the address, with the window and with the phone as their agent', async () => {
    const { intake, deliver } = setUp();
    deliver.mockResolvedValue(receipt);
    const address = newAddress();
    await intake({ type: 'call', id: 'c1', address, at, phase: 'ended', seconds: 31, windowUntil: at + 5 });
    await intake({ type: 'echo', id: 'e1', messageId: 'wamid.2', address, at, text: 'on it' });
    expect(deliver.mock.calls.map(([to, event]) => [to, event])).toEqual([
      [
        { address, assistant: 'companion', input: null },
        { type: 'customer.call', at, phase: 'ended', seconds: 31, windowUntil: at + 5 },
      ],
      [
        { address, assistant: 'companion', input: null },
        { type: 'agent.echo', id: 'wamid.2', at, agent: PHONE_AGENT, text: 'on it' },
      ],
    ]);
  });

  test('a deletion and a reaction go to the session that is there, and open none', async () => {
    const { intake, deliver, latestAt } = setUp();
    deliver.mockResolvedValue(receipt);
    const sessionId = newId();
    latestAt.mockResolvedValueOnce(sessionId).mockResolvedValueOnce(sessionId);
    const address = newAddress();
    await intake({ type: 'revoke', id: 'r1', address, at, messageId: 'm1' });
    await intake({ type: 'reaction', id: 'r2', address, at, messageId: 'm1', emoji: null });
    expect(deliver.mock.calls).toEqual([
      [{ sessionId }, { type: 'customer.revoke', id: 'm1', at }, { eventId: 'r1' }],
      [{ sessionId }, { type: 'customer.reaction', id: 'm1', at, emoji: null }, { eventId: 'r2' }],
    ]);
    latestAt.mockResolvedValueOnce(undefined);
    expect(await intake({ type: 'revoke', id: 'r3', address, at, messageId: 'm1' })).toEqual({
      sessionId: '',
      version: 0,
      duplicate: false,
    });
    expect(deliver).toHaveBeenCalledTimes(2);
  });

  test('a status marks its one message, and its cost is counted once for each part that was sent', async () => {
    const { intake, deliver, report, undeliverable } = setUp();
    deliver.mockResolvedValue(receipt);
    const sessionId = newId();
    const key = statusKey({ key: `${sessionId}.7`, seq: 19 });
    await intake({ type: 'status', id: 's1', at, statusKey: key, status: 'delivered', ref: 'wamid.3', costMicros: 4_100 });
    await intake({ type: 'status', id: 's2', at, statusKey: key, status: 'read', costMicros: 0 });
    expect(report.mock.calls).toEqual([
      [
        { sessionId, serial: 7, seq: 19 },
        { status: 'delivered', at, ref: 'wamid.3' },
      ],
      [
        { sessionId, serial: 7, seq: 19 },
        { status: 'read', at },
      ],
    ]);
    expect(deliver.mock.calls).toEqual([
      [{ sessionId }, { type: 'message.cost', at, serial: 7, costMicros: 4_100 }, { eventId: 'cost:7:wamid.3' }],
    ]);
    expect(undeliverable).not.toHaveBeenCalled();
  });

  test('a failure goes to the session as that of its effect, and one without a session is nothing', async () => {
    const { intake, report, isKept, undeliverable } = setUp();
    undeliverable.mockResolvedValue(receipt);
    const sessionId = newId();
    const failed = { type: 'status', id: 's', at, statusKey: statusKey({ key: `${sessionId}.7`, seq: 19 }), status: 'failed' } as const;
    await intake({ ...failed, failure: { code: '131049', reason: 'not delivered to keep the ecosystem healthy' } });
    await intake(failed);
    expect(undeliverable.mock.calls).toEqual([
      [
        { sessionId, serial: 7, seq: 19, effect: 'message.send' },
        { code: '131049', reason: 'not delivered to keep the ecosystem healthy' },
      ],
      [
        { sessionId, serial: 7, seq: 19, effect: 'message.send' },
        { code: 'unknown', reason: 'the provider gave no reason' },
      ],
    ]);
    isKept.mockResolvedValueOnce(false);
    expect(await intake(failed)).toMatchObject({ version: 0 });
    expect(undeliverable).toHaveBeenCalledTimes(2);
    expect(report).not.toHaveBeenCalled();
  });

  test.each(['', 'x', 'a.b.c', `${newId()}.1`, `${newId()}.1.99999999999`])('a key that is none of ours is refused: %j', async (key) => {
    const { intake } = setUp();
    await expect(intake({ type: 'status', id: 's', at, statusKey: key, status: 'read' })).rejects.toThrow(InvalidInput);
  });
});
