/**
 * Attempts at one effect, until it is done, has failed for good, or is left to another instance.
 *
 * Owns when an attempt is made, what it is given, and what its error leads to. Does not own the
 * item's lease and place, and what the store is sent about it (outbox.ts).
 */
import type { Json } from '#machines/definition.ts';
import type { WorkItem } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import { pause } from '../contract/waiting.ts';
import { addressOf, keyOf } from '../contract/work-item.ts';
import { toJson } from '../interpreter/serialize.ts';
import type { Held } from './lanes.ts';
import { classifyFailure, LONGEST_HOLD_MS } from './retry-policy.ts';
import type { EffectHandler } from './work-handlers.ts';

export interface AttemptOptions extends Pick<Settings, 'clock' | 'crash' | 'metrics' | 'onError'> {
  readonly effects: EffectHandler;
  /** False once its lease may have run out, or nothing may be begun any more. */
  readonly isHeld: (held: Held) => boolean;
  readonly saveProgress: (item: WorkItem, progress: Json) => Promise<void>;
  /** Aborted by a stop, which leaves what can't be done now to other instances. */
  readonly draining: AbortSignal;
}

/** What the next holder of an item continues with. */
type Left = Pick<WorkItem, 'attempts' | 'progress'>;

export type Attempted =
  /** `ref` is the provider's id of what was sent. */
  | { readonly type: 'done'; readonly ref: string | undefined }
  | { readonly type: 'failed'; readonly code: string; readonly reason: string }
  /** The item is not this instance's any more. */
  | { readonly type: 'aborted' }
  /** The lease may have run out before an attempt. */
  | { readonly type: 'unheld'; readonly left: Left }
  /** Nothing is to be tried for so long. `elsewhere` says that another instance has to do it. */
  | { readonly type: 'later'; readonly waitMs: number; readonly elsewhere: boolean; readonly left: Left };

/** @param earlier is how many attempts there were before. */
export async function attemptUntilDone(held: Held, earlier: number, options: AttemptOptions): Promise<Attempted> {
  const { item, abort } = held;
  const { crash, clock, metrics, effects, onError, draining } = options;
  const isHeld = (): boolean => options.isHeld(held);
  let progress = item.progress;
  const saveProgress = async (saved: Json): Promise<void> => {
    progress = toJson(saved ?? null, 'progress');
    await options.saveProgress(item, progress);
  };
  for (let attempt = earlier + 1; !abort.signal.aborted; ) {
    if (!isHeld()) return { type: 'unheld', left: { attempts: attempt - 1, progress } };
    const began = performance.now();
    try {
      crash('before effect');
      const context = {
        sessionId: item.sessionId,
        address: addressOf(held.item),
        key: keyOf(item),
        seq: item.seq,
        attempt,
        signal: abort.signal,
        progress,
        saveProgress,
      };
      held.underWay = true;
      const work = effects.perform(item, context, isHeld);
      crash('during effect');
      const ref = await work;
      crash('after effect');
      metrics.effect(item.type, 'done', performance.now() - began);
      return { type: 'done', ref };
    } catch (error) {
      held.underWay = false;
      if (abort.signal.aborted) break;
      const { retryable, code, reason, waitMs, counts, elsewhere } = classifyFailure(error, attempt);
      const final = !retryable || (counts && attempt >= effects.attempts(item.type));
      metrics.effect(item.type, final ? 'failed' : 'retried', performance.now() - began);
      onError(`effect ${item.type}`, error);
      if (final) return { type: 'failed', code, reason };
      if (waitMs > LONGEST_HOLD_MS || elsewhere || draining.aborted)
        return { type: 'later', waitMs, elsewhere, left: { attempts: counts ? attempt : attempt - 1, progress } };
      await pause(clock, waitMs, AbortSignal.any([abort.signal, draining]));
      if (counts) attempt++;
    }
  }
  return { type: 'aborted' };
}
