import { expect, test, vi } from 'vitest';
import type { Intake } from '#channels/inbound.ts';
import { withoutOwnEchoes } from '#src/intake/own-echoes.ts';
import { NOW, newAddress, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const taken = { sessionId: 'session', version: 9, duplicate: false };

function setUp() {
  const address = newAddress();
  const delivery = { status: 'sent', at: NOW, ref: 'wa:wamid.ours' } as const;
  const { session, journal } = turnOn(newSession({ address }), { journal: [{}, { kind: 'assistant.message', delivery }] });
  const store = {
    load: vi.fn(async (by: object) => ('address' in by && by.address === address ? session : undefined)),
    journal: vi.fn(async () => journal),
  };
  const intake = vi.fn<Intake>(async () => taken);
  return { address, session, store, intake, guarded: withoutOwnEchoes(intake, store) };
}

test('an echo of what another instance sent changes nothing', async () => {
  const { address, session, intake, guarded } = setUp();
  const echo = { type: 'echo', id: 'wa:wamid.ours', address, at: NOW, text: 'hello' } as const;
  expect(await guarded(echo)).toEqual({ sessionId: session.id, version: session.version, duplicate: true });
  expect(intake).not.toHaveBeenCalled();
});

test('an echo of a human, and one to a customer who has no session, are taken', async () => {
  const { address, intake, guarded } = setUp();
  for (const echo of [
    { type: 'echo', id: 'wa:wamid.human', address, at: NOW, text: 'hello' },
    { type: 'echo', id: 'wa:wamid.ours', address: newAddress(), at: NOW, text: 'hello' },
  ] as const)
    expect(await guarded(echo)).toBe(taken);
  expect(intake).toHaveBeenCalledTimes(2);
});

test('other events are passed on at once, without a lookup', () => {
  const { address, store, intake, guarded } = setUp();
  void guarded({ type: 'message', id: 'm', address, at: NOW, text: 'hello' });
  expect(intake).toHaveBeenCalledTimes(1);
  expect(store.load).not.toHaveBeenCalled();
});
