/**
 * The keys under which a measure is counted. No key contains text of a customer, an agent or a
 * model. What does not look like a name is `other` (`test/src/analytics/roll-up.test.ts`).
 */
import { SESSION_COMMANDS } from '#machines/session/commands.ts';

const SUBJECT = /^[\p{L}\p{N}.:^=/-]{1,16}$/u;
const NAME = /^[\p{L}\p{N} _.-]{1,40}$/u;
/** What may be a telephone number, or another number of somebody. */
const LONG_NUMBER = /\p{N}{5,}/u;

/**
 * Those of every session, and `button` for one whose id is no command. A customer may type any
 * other.
 */
const COMMANDS: ReadonlySet<string> = new Set([...SESSION_COMMANDS, 'button']);

/** Of an intent or an error. */
export function nameKey(name: string): string {
  return NAME.test(name) && !LONG_NUMBER.test(name) ? name : 'other';
}

/** Of an analysis, such as a ticker. */
export function subjectKey(text: string): string {
  const subject = text.trim().toUpperCase();
  return SUBJECT.test(subject) && !LONG_NUMBER.test(subject) ? subject : 'other';
}

/** @param analyses the commands that ask for an analysis. */
export function commandKey(command: string, analyses: readonly string[]): string {
  return COMMANDS.has(command) || analyses.includes(command) ? `/${command}` : 'other';
}

/** @param cause the type of the event from which a handover came, or `timer`. */
export function handoverKey(cause: string): string {
  if (cause.startsWith('customer.')) return 'customer';
  if (cause === 'xstate.promise.resolve') return 'assistant';
  if (cause === 'xstate.promise.reject') return 'failure';
  const others: Readonly<Record<string, string>> = {
    escalate: 'request',
    'agent.transfer': 'transfer',
    'agent.offline': 'offline',
    timer: 'no_answer',
  };
  return others[cause] ?? 'other';
}
