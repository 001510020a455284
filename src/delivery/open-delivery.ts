/** Puts together what sends messages, files and drafts to customers, and calls agents. */
import type { Actors } from '#actors/contract/api.ts';
import type { Effect } from '#actors/contract/effect.ts';
import type { Clock } from '#machines/clock.ts';
import type { Tracing } from '#machines/tracing.ts';
import type { Mentions } from '#storage/mentions.ts';
import type { Store } from '#storage/port.ts';
import type { Log } from '../telemetry/log.ts';
import { liveAgentNotifier } from './agent-notifier.ts';
import { windowIn } from './customer-window.ts';
import { type DraftParts, draftOpener } from './draft.ts';
import { withMentions } from './mentions.ts';
import { type MessageEffectsParts, messageEffects } from './message-effects.ts';
import { type WaitStatusParts, withWaitStatus } from './wait-status.ts';

export interface OpenDeliveryParts
  extends Pick<DraftParts, 'channelOf'>,
    Required<Pick<MessageEffectsParts, 'files' | 'stickerOf'>>,
    Pick<WaitStatusParts, 'outlookOf' | 'onError'> {
  /** Effects are made before the actors, and wait for them. */
  readonly actors: Promise<Pick<Actors, 'deliver' | 'publishAttention'>>;
  readonly store: Store;
  readonly mentions: Pick<Mentions, 'addMentions'>;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedDelivery {
  readonly effects: readonly Effect[];
  readonly openDraft: ReturnType<typeof draftOpener>;
}

export function openDelivery(parts: OpenDeliveryParts): OpenedDelivery {
  const { channelOf, outlookOf, onError, actors, store, files, stickerOf, mentions, tracing, clock, log } = parts;
  const called = withMentions(liveAgentNotifier(actors, log), mentions);
  const notifier = withWaitStatus(called, { actors, store, outlookOf, now: () => clock.now(), onError });
  return {
    effects: messageEffects({ channelOf, files, stickerOf, notifier, windowOf: windowIn(store), tracing }),
    openDraft: draftOpener({ channelOf, pendingWork: (address) => store.pendingWork(address), clock }),
  };
}
