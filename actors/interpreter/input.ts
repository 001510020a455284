/**
 * What moves a hosted actor. Inputs are written to the journal, so they are JSON. Their stored form
 * is in stored-snapshot.ts.
 */
import type { MachineEvent } from '#machines/definition.ts';

/**
 * Target of what the code of an invocation sends. It is the code's own actor in the session, the
 * machine that invoked it, or an actor by its system id.
 */
export type Recipient = 'self' | 'parent' | `system:${string}`;

/** An event that the code of an invocation sent. */
export interface SentEvent {
  readonly to: Recipient;
  readonly event: MachineEvent;
}

export type ActorInput =
  | { readonly kind: 'event'; readonly event: MachineEvent }
  /** The timer with this serial is due. */
  | { readonly kind: 'timer'; readonly serial: number }
  /** Removes the timer with this serial unfired, because its firing threw. */
  | { readonly kind: 'drop'; readonly serial: number }
  /** An event that the code of an invocation sent. `serial` is that of the invoked actor. */
  | {
      readonly kind: 'signal';
      readonly serial: number;
      readonly to: Recipient;
      readonly event: MachineEvent;
      /** The code sent it before it waited for anything. A restarted attempt will send it again. */
      readonly prompt: boolean;
    }
  /** Everything that code sent before it returned from a call. `call` is the number of the call. */
  | { readonly kind: 'answer'; readonly serial: number; readonly call: number; readonly sent: readonly SentEvent[] }
  /** Takes back the step that waits for code, because playing it threw. */
  | { readonly kind: 'abandon' }
  /** Timers may be due. Only ever held. Otherwise each timer is an input of its own. */
  | { readonly kind: 'wake' }
  /**
   * Keeps an input that arrived while a step waits for code. `first` puts it before all others that
   * are held.
   */
  | { readonly kind: 'hold'; readonly input: ActorInput; readonly first?: true }
  /** Plays the first of the held inputs. */
  | { readonly kind: 'release' }
  /** Removes the first of the held inputs, because playing it threw. */
  | { readonly kind: 'skip' };

/** The event that an invoked actor receives if its code threw outside of any promise. */
export const RUN_FAILED = 'statechat.run.failed';

/**
 * The event that an invoked actor receives in place of one that its code sent and that cannot be
 * stored. `reason` says why.
 */
export const SEND_REFUSED = 'statechat.send.refused';

/** True for an input that does not move the machine by itself. */
export function isSilent({ kind }: ActorInput): boolean {
  return kind === 'hold' || kind === 'wake' || kind === 'answer';
}

/**
 * The input that is played in place of a parked one, so that the parked one does not come again.
 */
export function replacementFor(input: ActorInput): ActorInput | undefined {
  switch (input.kind) {
    case 'timer':
      return { kind: 'drop', serial: input.serial };
    case 'release':
      return { kind: 'skip' };
    case 'answer':
      return { kind: 'abandon' };
    default:
      return undefined;
  }
}
