/**
 * An event that is sent again, because its answer was lost, gets the answer of the first one. The
 * session may have closed meanwhile.
 */
import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';
import { Registry } from '#actors/contract/registry.ts';
import { Runtime } from '#actors/runtime.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { SessionEvent } from '#machines/session/events.ts';
import { messageEffects } from '#src/delivery/message-effects.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';
import { drainedAfterEach } from '../counting-sessions.ts';

const started = drainedAfterEach();
const at = 1_790_000_000_000;
const AMIRA = { id: 'amira', name: 'Amira' };
const OMAR = { id: 'omar', name: 'Omar' };

async function heldByAmira(): Promise<(event: SessionEvent, eventId: string) => ReturnType<Runtime['deliver']>> {
  const { store, files } = createMemoryStore();
  const effects = messageEffects({
    channelOf: () => undefined,
    files,
    notifier: { notify: async () => {} },
    windowOf: async () => undefined,
  });
  const registry = new Registry({ assistants: [{ name: 'companion', definitions: sessionDefinitions() }], effects });
  const runtime = started(new Runtime({ store, registry, owner: uuidv7(), newSessionId: (): SessionId => parseSessionId(uuidv7()) }));
  const to = { address: newAddress(), assistant: 'companion' };
  const { sessionId } = await runtime.deliver(to, { type: 'agent.claim', at, agent: AMIRA });
  return (event, eventId) => runtime.deliver({ sessionId }, event, { eventId });
}

it('that was refused is refused again', async () => {
  const deliver = await heldByAmira();
  const claim = { type: 'agent.claim', at, agent: OMAR } as const;
  const first = await deliver(claim, 'claim-1');
  expect(first).toMatchObject({ duplicate: false, refused: { code: 'held', holder: 'Amira' } });
  expect(await deliver(claim, 'claim-1')).toMatchObject({ duplicate: true, refused: { code: 'held', holder: 'Amira' } });
});

it('that changed nothing changed nothing, and one that was taken was taken once', async () => {
  const deliver = await heldByAmira();
  const escalate = { type: 'escalate', at, reason: 'asked' } as const;
  for (const duplicate of [false, true])
    expect(await deliver(escalate, 'escalate-1')).toMatchObject({ duplicate, ignored: expect.any(String) });
  const note = { type: 'note', at, agent: AMIRA, text: 'calls back' } as const;
  const { version } = await deliver(note, 'note-1');
  const again = await deliver(note, 'note-1');
  expect(again).toMatchObject({ duplicate: true, version });
  expect(again).not.toHaveProperty('refused');
});

it('that closed the session, or came before the end, is known after it', async () => {
  const deliver = await heldByAmira();
  await deliver({ type: 'note', at, agent: AMIRA, text: 'done' }, 'note-1');
  const close = { type: 'close', at, by: 'amira' } as const;
  expect(await deliver(close, 'close-1')).toMatchObject({ duplicate: false, state: 'CLOSED' });
  const again = await deliver(close, 'close-1');
  expect(again).toMatchObject({ duplicate: true, state: 'CLOSED' });
  expect(again).not.toHaveProperty('refused');
  expect(await deliver({ type: 'note', at, agent: AMIRA, text: 'done' }, 'note-1')).toMatchObject({ duplicate: true });
  expect(await deliver(close, 'close-2')).toMatchObject({ duplicate: false, refused: { code: 'closed' } });
});
