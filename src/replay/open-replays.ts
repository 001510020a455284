/** Puts replays together. They run in a thread of their own where one can load the assistants. */
import type { Registry } from '#actors/contract/registry.ts';
import type { Clock } from '#machines/clock.ts';
import type { Store } from '#storage/port.ts';
import { engineOf } from './replay-engine.ts';
import { SessionReplays } from './session-replays.ts';
import type { ThreadData } from './thread-messages.ts';
import { workerEngine } from './worker-engine.ts';

export interface OpenReplaysParts {
  readonly store: Pick<Store, 'journal'>;
  readonly registry: Registry;
  readonly clock: Clock;
  /** What a thread begins with. Undefined if it could not load the assistants of the registry. */
  readonly thread: ThreadData | undefined;
  readonly onError: (where: string, error: unknown) => void;
}

const THREAD = new URL('../replay-worker.ts', import.meta.url);

export function openReplays({ store, registry, clock, thread, onError }: OpenReplaysParts): SessionReplays {
  const engine = thread === undefined ? engineOf(registry) : workerEngine({ file: THREAD, data: thread, clock, onError });
  return new SessionReplays({ store, engine });
}
