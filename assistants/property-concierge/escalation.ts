/**
 * When the concierge brings in a human by itself, which is for anger and after repeated failure.
 * Pure, so it works without a model. A request for a person is the platform's, and what is out of
 * scope is handed over by the tool.
 */
import type { Escalation, EscalationView } from '../index.ts';
import { factsIn } from './facts/known-facts.ts';
import { plainForm } from './facts/rules/tokens.ts';
import { languageOf } from './language.ts';
import { arabic } from './offline/words-arabic.ts';
import { english } from './offline/words-english.ts';
import { summaryOf } from './summary.ts';

/** Words after which nobody wants to go on with a program. */
const FURIOUS =
  /\b(?:useless|stupid|idiot\w*|garbage|rubbish|scam|worst|ridiculous|waste of (?:my )?time|fed up|shut up|terrible|pathetic|fuck\w*|shit\w*|damn)\b|غبي|زباله|نصاب|مسخره|زهقت|قرفت|كفايه كده|وحش اوي|تضييع وقت|حراميه|مالكش لازمه|ملكش لازمه|مش نافع/;
const ANNOYED =
  /\b(?:again\?|already (?:told|said)|i said|not what i asked|you don'?t understand|doesn'?t help|not helpful|listen to me|annoying|seriously)\b|[!?]{3,}|قلتلك|قولتلك|مش فاهم|مبتفهمش|مش ده اللي|بقالي ساعه|ركز|تاني\?/;
/** The last messages of the customer in which anger adds up. */
const REMEMBERED = 3;
const ENOUGH = 2;
/** Our replies in a row that did not help. */
const FAILURES = 2;

export function escalateConcierge({ messages, pending, entities, locale }: EscalationView): Escalation | undefined {
  const said = messages.filter(({ role }) => role === 'customer').map(({ text }) => text);
  const waiting = said.slice(-Math.max(1, pending));
  const cause =
    waiting.length > 0 && isAngry(said.slice(-REMEMBERED), waiting)
      ? 'the customer is frustrated'
      : isStuck(messages, said)
        ? 'the assistant failed repeatedly'
        : undefined;
  if (cause === undefined) return undefined;
  const text = languageOf(said, locale) === 'ar' ? 'أعتذر عن هذه التجربة.' : 'I am sorry about this experience.';
  return { reason: `${cause}. ${summaryOf(factsIn(entities))}`, text };
}

function isAngry(recent: readonly string[], waiting: readonly string[]): boolean {
  if (waiting.every((text) => anger(text) === 0)) return false;
  return recent.reduce((sum, text) => sum + anger(text), 0) >= ENOUGH;
}

/** 0 for calm, 1 for annoyed, 2 for furious. */
export function anger(text: string): number {
  const plain = plainForm(text);
  if (FURIOUS.test(plain)) return 2;
  return (ANNOYED.test(plain) ? 1 : 0) + (isShouted(text) ? 1 : 0);
}

/** Two words in capitals at least. "2BR IN NCA" of one word and abbreviations is none. */
function isShouted(text: string): boolean {
  const words = text.match(/\p{L}{2,}/gu) ?? [];
  const loud = words.filter((word) => word.length >= 3 && /\p{Lu}/u.test(word) && word === word.toUpperCase());
  return loud.length >= 3 && loud.length / words.length >= 0.5;
}

/** Our last replies did not help, or the customer has said the same three times. */
function isStuck(messages: EscalationView['messages'], said: readonly string[]): boolean {
  const ours = messages.filter(({ role }) => role === 'assistant').slice(-FAILURES);
  const failed = [english, arabic].flatMap(({ notUnderstood, received, noOffers }) => [notUnderstood, received, noOffers]);
  const isFailing = ours.length === FAILURES && ours.every(({ text }) => failed.some((phrase) => text.includes(phrase)));
  const last = said.slice(-3).map((text) => plainForm(text).trim());
  const isRepeating = last.length === 3 && last[0] !== '' && (last[0]?.length ?? 0) > 8 && new Set(last).size === 1;
  return isFailing || isRepeating;
}
