/**
 * Generated conversations with an assistant, on the runtime. Each snapshot that was stored is what
 * the replay of a later reader gives for that entry.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { engineOf } from '#src/replay/replay-engine.ts';
import { SessionReplays } from '#src/replay/session-replays.ts';
import type { SessionRow } from '#storage/port.ts';
import { runsOf } from '../../actors/testing/any-machine/runs.ts';
import { AssistantSession } from '../../assistants/assistant-session.ts';

const registry = createReadingRegistry({ assistants: [companion] });
const ann = { id: 'ann', name: 'Ann' };
const bob = { id: 'bob', name: 'Bob' };

const runs = runsOf('conversations', 1_000);

type Act = (session: AssistantSession) => Promise<void>;
const acts: readonly Act[] = [
  ...['Hello', 'I am Sara', 'Where is my order?', 'thanks', 'عايز اكلم حد'].map(
    (text): Act =>
      (session) =>
        session.say(text),
  ),
  ...['help', 'status', 'stop', 'reset', 'agent', 'assistant'].map(
    (name): Act =>
      (session) =>
        session.command(name),
  ),
  ...[
    { type: 'escalate', reason: 'asked', queue: 'billing' },
    { type: 'agent.claim', agent: ann },
    { type: 'agent.claim', agent: bob },
    { type: 'agent.message', agent: ann, text: 'I am here.' },
    { type: 'agent.message', agent: bob, text: '', card: { kind: 'location', latitude: 30.04, longitude: 31.24 } },
    { type: 'agent.reaction', agent: ann, id: 'm1', emoji: '👍' },
    { type: 'agent.transfer', agent: ann, to: bob },
    { type: 'agent.release', agent: ann },
    { type: 'agent.release', agent: bob },
    { type: 'agent.update', agent: ann, tags: { add: ['vip'] }, priority: 'high' },
    { type: 'note', agent: bob, text: 'Calls back.' },
    { type: 'close', by: 'ann' },
    { type: 'customer.rating', score: 4 },
  ].map(
    (event): Act =>
      (session) =>
        session.act(event),
  ),
  (session) => session.edit(1, 'Hello there'),
  ...[1_000, 600_000, 90_000_000].map(
    (ms): Act =>
      async (session) => {
        session.now += ms;
        await session.runtime.wakeDue();
        await session.settle();
      },
  ),
  (session) => session.restart(),
];

/** What every commit from now on stores of its session. */
function storedBy({ store }: AssistantSession): readonly SessionRow[] {
  const rows: SessionRow[] = [];
  const commit = store.commit.bind(store);
  store.commit = async (turns, ...rest) => {
    const results = await commit(turns, ...rest);
    rows.push(...turns.filter((_, index) => results[index]?.ok).map(({ session }) => session));
    return results;
  };
  return rows;
}

test('a moment is what was stored then, at every turn of generated conversations', { timeout: 300_000 }, async () => {
  let turns = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...acts), { minLength: 3, maxLength: 12 }), async (chosen) => {
      const session = new AssistantSession(companion);
      const stored = storedBy(session);
      for (const act of chosen) await act(session);
      const replays = new SessionReplays({ store: session.store, engine: engineOf(registry) });
      for (const row of stored) {
        const { status, value, context } = decodeSnapshot(row.snapshot).machine;
        const moment = await replays.momentAt(row, row.version);
        expect(moment).toMatchObject({ seq: row.version, status, value });
        expect(moment.context).toEqual(JSON.parse(JSON.stringify(context)));
        turns += 1;
      }
      session.runtime.abandon();
    }),
    runs,
  );
  expect(turns).toBeGreaterThan(runs.numRuns * 3);
});
