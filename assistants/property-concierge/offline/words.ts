/** The words of the concierge without a model, in each of its languages. */
import type { Missing } from '../facts/missing.ts';
import type { PropertyFacts } from '../facts/schema.ts';
import type { Point } from '../listings/match.ts';
import type { Described, ListingResult, SearchResult } from '../tools.ts';

export interface Words {
  readonly greeting: string;
  readonly ask: Readonly<Record<Missing, string>>;
  /** Before questions, with what was understood. */
  readonly understood: (facts: string) => string;
  /** Part of every reply to what was not understood, by which the next one recognises it. */
  readonly notUnderstood: string;
  readonly canDo: string;
  /** Part of every reply to files or recordings without words. */
  readonly received: string;
  readonly thanks: string;
  readonly goodbye: string;
  readonly nothingKnown: string;
  readonly known: (facts: string) => string;
  readonly offers: (count: number) => string;
  /** Before offers that do not fit in all that matters. */
  readonly nearest: string;
  readonly afterOffers: string;
  /** Part of every reply without an offer. */
  readonly noOffers: string;
  readonly noneBefore: string;
  /** Where a listing is, by what the customer is shown on a map. */
  readonly where: (one: ListingResult) => string;
  /** The customer asks where "it" is, and several were shown. */
  readonly which: string;
  /** The contact is below it. */
  readonly office: string;
  /** The program announces the colleague right after it. */
  readonly handedOver: string;
  /** In place of it, for a day that was named. */
  readonly viewingNamed: (moment: string) => string;
  readonly callNamed: (moment: string) => string;
  readonly notReached: string;
  /** Between two parts of a sentence. */
  readonly comma: string;
  readonly money: (amount: number, currency: string) => string;
  readonly listing: (one: Described) => string;
  readonly details: (one: Described) => readonly string[];
  readonly fits: (points: readonly Point[]) => string;
  readonly misses: (match: Pick<SearchResult['found'][number], 'listing' | 'misses'>, facts: PropertyFacts) => string;
  /** In one line. Empty for no facts. */
  readonly facts: (facts: PropertyFacts) => string;
}

/** Day, and time if there is one, of a value such as `2026-11-30T17:00`. */
export function momentIn(language: 'en-GB' | 'ar-EG', value: string): string {
  const [day = '', time] = value.split('T');
  const at = new Date(`${day}T${time ?? '00:00'}:00Z`);
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options }).format(at);
  const date = format({ weekday: 'long', day: 'numeric', month: 'long' });
  if (time === undefined) return date;
  const clock = format(
    language === 'ar-EG' ? { hour: 'numeric', minute: '2-digit' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  );
  return `${date}${language === 'ar-EG' ? ' الساعة ' : ' at '}${clock}`;
}
