/**
 * Effect `media.keep` of the session machine. It keeps one of the media of a message, and reports
 * to the session what became of it. It runs after the turn that took the message, because what a
 * channel knows a file by may be useless soon.
 */
import { type Actors, type EffectContext, HOST_EVENT } from '#actors/contract/api.ts';
import { defineEffect, type Effect } from '#actors/contract/effect.ts';
import { StatechatError } from '#machines/errors.ts';
import { mediaKeepParams } from '#machines/session/effects.ts';
import type { Media } from '#machines/session/events.ts';
import type { MediaEvent } from '#machines/session/media.ts';
import type { MediaKeeper, MediaOutcome, MediaPlace } from './media-keeper.ts';

export interface MediaEffectParts {
  readonly keeper: Pick<MediaKeeper, 'keep'>;
  readonly actors: Promise<Pick<Actors, 'deliver'>>;
  readonly now: () => number;
}

/** About an hour, since the pause between two grows to half a minute. */
const ATTEMPTS = 120;

export function mediaEffect({ keeper, actors, now }: MediaEffectParts): Effect {
  /** After the last attempt the session learns that it is lost, and not only that work failed. */
  async function keep(
    place: MediaPlace,
    media: Media,
    { attempt, signal }: Pick<EffectContext, 'attempt' | 'signal'>,
  ): Promise<MediaOutcome> {
    try {
      return await keeper.keep(place, media, signal);
    } catch (error) {
      if (!signal.aborted && attempt >= ATTEMPTS && error instanceof StatechatError && error.retryable) return { lost: 'unreachable' };
      throw error;
    }
  }

  return defineEffect({
    type: 'media.keep',
    params: mediaKeepParams,
    // A slow download holds up no message.
    lane: 'none',
    attempts: ATTEMPTS,
    run: async ({ messageId, index, media }, { sessionId, address, key, attempt, signal }) => {
      const outcome = await keep({ sessionId, address }, media, { attempt, signal });
      const head = { at: now(), messageId, index };
      const event: MediaEvent =
        'kept' in outcome ? { type: 'media.kept', ...head, ...outcome.kept } : { type: 'media.lost', ...head, reason: outcome.lost };
      // The first of several attempts counts. If this process dies in between, another one repeats
      // the same.
      await (await actors).deliver({ sessionId }, event, { eventId: `${HOST_EVENT}media:${key}` });
      return undefined;
    },
  });
}
