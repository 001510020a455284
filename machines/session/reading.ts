/**
 * Facts that a run read in the customer's messages, and where each fact of a session comes from.
 * Plain functions of the context.
 *
 * Invariants (`test/machines/session/reading.test.ts`)
 * 1. A human's change holds until the customer says something about it in a later message, also
 *    if a run that read earlier messages ends after the change.
 * 2. A fact that was read names its message and the words in it. If the customer edits these words
 *    away or deletes the message, the fact goes with them.
 * 3. The facts stay within the limits of what agents may note.
 */
import type { SessionContext } from './context.ts';
import type { SessionEventOf } from './events.ts';
import { fitsFacts } from './facts.ts';
import type { FactReading } from './reading-facts.ts';

type Sources = NonNullable<SessionContext['sources']>;
type Known = Pick<SessionContext, 'entities' | 'preferences'> & { readonly sources?: Sources | undefined };
type Facts = Pick<SessionContext, 'entities' | 'preferences'> & { readonly sources: Sources };

/** The facts once the reading is put over them. */
export function withReading(known: Known, reading: FactReading | undefined): Facts {
  const { entities, preferences, sources = {} } = known;
  if (reading === undefined) return { entities, preferences, sources };
  const into = reading.into ?? 'entities';
  const facts = new Map(Object.entries(known[into]));
  const from = new Map(Object.entries(sources));
  for (const [name, { value, ...source }] of Object.entries(reading.facts)) {
    const before = from.get(name);
    if (before?.by === 'agent' && source.at <= before.at) continue;
    if (value === null) {
      facts.delete(name);
      from.delete(name);
    } else if (fitsFacts(Object.fromEntries(new Map(facts).set(name, value)))) {
      facts.set(name, value);
      from.set(name, source);
    }
  }
  return { entities, preferences, [into]: Object.fromEntries(facts), sources: Object.fromEntries(from) };
}

/** What a session takes over from a run that has read its messages. */
export function readFacts(context: SessionContext, reading: FactReading | undefined): Partial<SessionContext> {
  if (reading === undefined) return {};
  const { through } = reading;
  return { ...withReading(context, reading), ...(through === undefined ? {} : { readThrough: through }) };
}

/** The customer changed or deleted a message. What was read in it is read again. */
export function unread(
  context: SessionContext,
  { id, text }: Pick<SessionEventOf<'customer.edit'>, 'id' | 'text'>,
): Partial<SessionContext> {
  const { sources, messages, readThrough } = context;
  if (readThrough === undefined) return {};
  const index = messages.findIndex((message) => message.id === id);
  const isRead = index <= messages.findIndex((message) => message.id === readThrough);
  const lost = Object.entries(sources ?? {}).filter(
    ([, { by, message, words = '' }]) => by !== 'agent' && message === id && !saysWords(text, words),
  );
  return {
    ...withoutFacts(
      context,
      lost.map(([name]) => name),
    ),
    ...(isRead ? { readThrough: messages[index - 1]?.id ?? '' } : {}),
  };
}

function withoutFacts({ entities, preferences, sources = {} }: Known, names: readonly string[]): Partial<SessionContext> {
  if (names.length === 0) return {};
  const rest = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
  return { entities: rest(entities), preferences: rest(preferences), sources: rest(sources) };
}

/** Whether a text has these words, whatever their case, spaces, and Arabic vowel signs. */
export function saysWords(text: string, words: string): boolean {
  const wanted = plain(words);
  return wanted !== '' && plain(text).includes(wanted);
}

const SIGNS = /[\p{Default_Ignorable_Code_Point}\u0640\u064B-\u0652\u0670]/gu;

function plain(text: string): string {
  return text.normalize('NFKC').replaceAll(SIGNS, '').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}
