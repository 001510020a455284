/** Registry for commands that read stored sessions. It needs no policy and starts no run. */
import { invocationContext } from '#actors/contract/api.ts';
import type { Effect } from '#actors/contract/effect.ts';
import type { Registry } from '#actors/contract/registry.ts';
import { Unavailable } from '#machines/errors.ts';
import { createRegistry, type RegistryParts } from '../assistants/create-registry.ts';
import { messageEffects } from '../delivery/message-effects.ts';
import { mediaEffect } from '../media/media-effect.ts';
import type { Log } from '../telemetry/log.ts';

export interface ReadingRegistryParts extends Pick<RegistryParts, 'assistants' | 'bindings'> {
  /** Effects of the bindings, beside the program's own. */
  readonly effects?: readonly Effect[];
  readonly log: Log;
}

export function createReadingRegistry({ effects = [], log, ...parts }: ReadingRegistryParts): Registry {
  const never = (): Promise<never> => Promise.reject(new Unavailable('Sessions are only read here. Nothing is run.'));
  const files = { get: async () => undefined, put: never };
  return createRegistry({
    ...parts,
    effects: [
      ...messageEffects({ channelOf: () => undefined, files, notifier: { notify: never }, windowOf: never }),
      mediaEffect({ keeper: { keep: never }, actors: Promise.resolve({ deliver: never }), now: Date.now }),
      ...effects,
    ],
    service: { outlives: false, start: never, stop: never, stream: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }) },
    contextOf: invocationContext,
    policy: {},
    files,
    now: Date.now,
    handOver: false,
  });
}
