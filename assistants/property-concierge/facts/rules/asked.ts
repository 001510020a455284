/**
 * What our last message asked for, by its questions. So "3" after "How many bedrooms?" is known.
 */
import { plainForm } from './tokens.ts';

export type Askable = 'purpose' | 'locations' | 'types' | 'bedrooms' | 'budget' | 'moveIn' | 'viewing' | 'name';

const QUESTIONS: readonly (readonly [Askable, RegExp])[] = [
  ['bedrooms', /bedroom|how many rooms|غرف|اوض/],
  ['budget', /budget|how much|ميزاني|حدود السعر/],
  ['locations', /which area|what area|where|which part|منطقه|مكان|فين/],
  ['purpose', /buy.{0,20}rent|rent.{0,20}buy|شراء|تشتري|تمليك/],
  ['types', /apartment.{0,40}villa|what kind|which kind|what type|شقه.{0,40}فيلا|نوع/],
  ['moveIn', /move in|when would|when do you|امتي|متي/],
  ['viewing', /(?:when|what (?:day|time)|which day).{0,50}(?:view|visit|see |come)|(?:امتي|متي|اي يوم).{0,50}(?:معاين|تشوف|تزور|تيجي)/],
  ['name', /your name|اسمك|اسم حضرتك|call you/],
];

export function askedIn(before: string): ReadonlySet<Askable> {
  const questions = plainForm(before)
    .split(/(?<=[.!?\n])/u)
    .filter((sentence) => sentence.includes('?'))
    .join(' ');
  return new Set(QUESTIONS.filter(([, pattern]) => pattern.test(questions)).map(([field]) => field));
}
