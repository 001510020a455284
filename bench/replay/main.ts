/**
 * `npm run bench:replay` measures `GET /api/sessions/:id/replay` without its HTTP part. It is the
 * time of a moment at entry 10, 1,000 and 20,000, first and again, and how long the thread of the
 * program stood still meanwhile.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '#actors/contract/system-clock.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { engineOf, type ReplayEngine } from '#src/replay/replay-engine.ts';
import { SessionReplays } from '#src/replay/session-replays.ts';
import { workerEngine } from '#src/replay/worker-engine.ts';
import type { Store } from '#storage/port.ts';
import { percentile } from '../load.ts';
import { longSandbox, SESSION_ID } from './long-conversation.ts';

const ENTRIES = 20_000;
const STEPS = 200;
const registry = createReadingRegistry({ assistants: [companion] });

async function measure(name: string, engine: ReplayEngine, store: Pick<Store, 'journal'>): Promise<void> {
  const session = { id: SESSION_ID, assistant: 'companion' };
  const took = async (replays: SessionReplays, seq: number): Promise<number> => {
    const began = performance.now();
    await replays.momentAt(session, seq);
    return performance.now() - began;
  };
  // The thread of its own starts, and code is compiled.
  for (let n = 0; n < 20; n += 1) await took(new SessionReplays({ store, engine }), 250);
  for (const seq of [10, 1_000, ENTRIES]) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const replays = new SessionReplays({ store, engine });
    const first = await took(replays, seq);
    delay.disable();
    const again: number[] = [];
    for (let n = 0; n < STEPS; n += 1) again.push(await took(replays, Math.max(1, seq - (n % Math.min(seq, 250)))));
    console.log(
      `${name.padEnd(14)} entry ${String(seq).padStart(6)}: first ${first.toFixed(1)} ms, then p50 ${percentile(again, 50).toFixed(1)} ms, ` +
        `p95 ${percentile(again, 95).toFixed(1)} ms. The loop stood still for at most ${(delay.max / 1e6).toFixed(1)} ms.`,
    );
  }
}

const { journal } = longSandbox(ENTRIES);
const store: Pick<Store, 'journal'> = { journal: async (_, after, limit) => journal.slice(after, after + limit) };
const onError = (where: string, error: unknown): void => console.error(where, error);
const file = new URL('../../src/replay-worker.ts', import.meta.url);
const worker = workerEngine({ file, data: { assistantsDir: '/nonexistent' }, clock: systemClock, onError });
await measure('own thread', worker, store);
await measure('same thread', engineOf(registry), store);
await worker.close();
