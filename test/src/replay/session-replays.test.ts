/** Moments of long sessions, from the store, in this thread and in one of their own. */
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '#actors/contract/system-clock.ts';
import { Sandbox } from '#actors/sandbox/sandbox.ts';
import { momentAfter } from '#actors/session/moment.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { parseSessionId } from '#machines/ids.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { engineOf, type ReplayEngine } from '#src/replay/replay-engine.ts';
import { PAGE, SessionReplays } from '#src/replay/session-replays.ts';
import { workerEngine } from '#src/replay/worker-engine.ts';
import type { JournalEntry, SessionRow, Store } from '#storage/port.ts';

const registry = createReadingRegistry({ assistants: [companion] });
const id = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001');

/**
 * A conversation with an agent, of at least so many entries, and how often its journal was read.
 */
function conversation(entries: number) {
  const at = 1_790_000_000_000;
  const machine = { id: 'session', version: 3 };
  const sandbox = new Sandbox(registry, { kind: 'machine', assistant: 'companion', machine, sessionId: id, at });
  const agent = { id: 'a', name: 'Ann' };
  sandbox.play({ do: 'send', event: { type: 'agent.claim', at, agent } });
  for (let n = 0; sandbox.journal.length < entries; n += 1) {
    sandbox.play({ do: 'send', event: { type: 'customer.message', id: `m${n}`, at: at + n, text: `message ${n}` } });
    sandbox.play({ do: 'send', event: { type: 'agent.message', at: at + n, agent, text: `answer ${n}` } });
  }
  const reads: number[] = [];
  const store: Pick<Store, 'journal'> = {
    journal: async (_, after, limit) => {
      reads.push(after);
      return sandbox.journal.filter(({ seq }) => seq > after).slice(0, limit);
    },
  };
  const session: Pick<SessionRow, 'id' | 'assistant'> = { id, assistant: 'companion' };
  const journal: readonly JournalEntry[] = sandbox.journal;
  return { session, journal, store, reads };
}

let engine: ReplayEngine | undefined;
afterEach(async () => {
  await engine?.close();
  engine = undefined;
});

describe('moments of a long session', () => {
  test('are those of a replay from the first entry, and later ones need one page', async () => {
    const { session, journal, store, reads } = conversation(PAGE * 3 + 7);
    const replays = new SessionReplays({ store, engine: engineOf(registry) });
    const whole = (seq: number) => momentAfter(registry, 'companion', undefined, journal.slice(0, seq));
    const last = journal.length;
    expect((await replays.momentAt(session, last)).context).toEqual(whole(last).context);
    expect([replays.size, reads.length]).toEqual([3, 4]);
    for (const seq of [1, 2, PAGE, PAGE + 1, PAGE * 2, PAGE * 2 + 1, last - 1]) {
      reads.length = 0;
      expect(await replays.momentAt(session, seq)).toEqual({
        ...whole(seq),
        cause: expect.objectContaining({ kind: whole(seq).cause.kind }),
      });
      expect(reads).toEqual([Math.floor((seq - 1) / PAGE) * PAGE]);
    }
    await expect(replays.momentAt(session, last + 1)).rejects.toMatchObject({ code: 'unreplayable' });
  });

  test('are played once for many readers, and kept within bounds', async () => {
    const { session, store, reads } = conversation(PAGE * 3);
    const replays = new SessionReplays({ store, engine: engineOf(registry), mostCharacters: 60_000 });
    const many = await Promise.all(Array.from({ length: 8 }, () => replays.momentAt(session, PAGE * 2 + 1)));
    expect(new Set(many.map(({ seq }) => seq))).toEqual(new Set([PAGE * 2 + 1]));
    expect(reads.filter((after) => after === 0)).toHaveLength(1);
    const small = new SessionReplays({ store, engine: engineOf(registry), mostCharacters: 10 });
    await small.momentAt(session, PAGE * 2 + 1);
    expect(small.size).toBe(0);
  });

  test('are the same from a thread of their own, which fails and ends without taking the program along', async () => {
    const { session, journal, store } = conversation(PAGE + 3);
    const errors: unknown[] = [];
    const file = new URL('../../../src/replay-worker.ts', import.meta.url);
    engine = workerEngine({ file, data: { assistantsDir: '/nonexistent' }, clock: systemClock, onError: (_, error) => errors.push(error) });
    const replays = new SessionReplays({ store, engine });
    const seq = PAGE + 2;
    const moment = await replays.momentAt(session, seq);
    expect(moment.context).toEqual(momentAfter(registry, 'companion', undefined, journal.slice(0, seq)).context);
    await expect(replays.momentAt({ ...session, assistant: 'nobody' }, 1)).rejects.toMatchObject({ code: 'unreplayable' });
    const stopped = engine.moment({ assistant: 'companion', entries: journal.slice(0, 10) });
    const rejected = expect(stopped).rejects.toMatchObject({ code: 'unavailable' });
    await engine.close();
    await rejected;
    await expect(engine.moment({ assistant: 'companion', entries: journal.slice(0, 10) })).rejects.toMatchObject({ code: 'unavailable' });
    expect(errors).toEqual([]);
  });
});
