import type { Receipt } from './api.ts';
import type { Step } from './hosted-actor.ts';

/** What became of one piece of mail. Nothing set: it was applied. */
export interface Outcome {
  readonly ignored?: string;
  readonly refused?: NonNullable<Receipt['refused']>;
  readonly parked?: string;
  readonly duplicate?: boolean;
}

/** What the machine itself says of an event: it emits `ignored` with a reason, or `refused` with who holds the session. */
export function outcomeOf(step: Step): Outcome {
  for (const event of step.emitted) {
    if (event.type === 'ignored') return { ignored: String(event['reason']) };
    if (event.type === 'refused') {
      const { code, message, holder } = event;
      return { refused: { code: String(code), message: String(message), ...(holder === undefined ? {} : { holder: String(holder) }) } };
    }
  }
  return step.unheard ? { ignored: 'no transition is enabled for it in this state' } : {};
}
