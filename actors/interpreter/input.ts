/**
 * What makes a hosted actor move, and whom the running code of its invocations speaks to. Stimuli are journalled, so
 * they are JSON.
 */

import type { MachineEvent } from '#machines/definition.ts';
import { toJson } from './serialize.ts';

/** Whom the code of an invocation speaks to: its own stand-in, the machine that invoked it, or an actor by its system id. */
export type Recipient = 'self' | 'parent' | `system:${string}`;

/** Something that running code said before it returned. */
export interface Saying {
  readonly to: Recipient;
  readonly event: MachineEvent;
}

export type Stimulus =
  | { readonly kind: 'event'; readonly event: MachineEvent }
  /** The timer with this serial is due. */
  | { readonly kind: 'timer'; readonly serial: number }
  /** The timer with this serial is taken away unfired: its firing threw. */
  | { readonly kind: 'drop'; readonly serial: number }
  /** Something that the running code of an invocation said: to its own leaf, or to the machine that invoked it. */
  | {
      readonly kind: 'signal';
      readonly serial: number;
      readonly to: Recipient;
      readonly event: MachineEvent;
      /** Said by a restarted attempt while it was brought to where it was: the next one will say it again. */
      readonly prompt: boolean;
    }
  /** What running code said from when it was started, or told something, until it returned. `call` is its number. */
  | { readonly kind: 'answer'; readonly serial: number; readonly call: number; readonly said: readonly Saying[] }
  /** The step that waits for running code is taken back: playing it threw. */
  | { readonly kind: 'abandon' }
  /** Timers may be due. Only ever held: without a hold, each timer is a stimulus of its own. */
  | { readonly kind: 'wake' }
  /** This came while the session waited for running code: it is kept until that has answered. `first`: before all else that is kept. */
  | { readonly kind: 'hold'; readonly stimulus: Stimulus; readonly first?: true }
  /** The first that was held is played now. */
  | { readonly kind: 'release' }
  /** The first that was held is taken away: playing it threw. */
  | { readonly kind: 'skip' };

/** Tells a leaf that its code threw outside of any promise. */
export const RUN_FAILED = 'statechat.run.failed';

/** It does not move the machine by itself. */
export function isSilent(stimulus: Stimulus): boolean {
  return stimulus.kind === 'hold' || stimulus.kind === 'wake' || stimulus.kind === 'answer';
}

/** As it is journalled when it was parked: whole, or by its kind alone when that is what can't be stored. */
export function describeStimulus(stimulus: Stimulus): unknown {
  try {
    return toJson(stimulus, 'stimulus');
  } catch {
    return { kind: stimulus.kind };
  }
}
