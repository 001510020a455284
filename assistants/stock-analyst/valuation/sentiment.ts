/**
 * Tone of headlines by counting words. It is simple and repeatable, and blind to irony, negation
 * and weight. It is a first impression and no signal to trade on, and the result says so.
 */
import type { Headline } from '../market-data/records.ts';

export interface Sentiment {
  /** From -1 (all bad) to 1 (all good). 0 without headlines. */
  readonly score: number;
  readonly tone: 'positive' | 'neutral' | 'negative';
  readonly headlines: readonly { readonly title: string; readonly day: string; readonly score: -1 | 0 | 1 }[];
  readonly method: string;
}

/** In English, for models and readers. */
export const METHOD =
  'Good and bad words are counted in each headline; a headline counts +1, 0 or -1, and the score is their mean. It does not understand irony, negation or importance.';

/** Whole words. With `*`, beginnings of words. */
const GOOD = patternOf(
  'beat beats growth grow grows grew record strong stronger improve* gain gains lift lifts rise rises rose surge surges soar* upgrade upgraded upgrades profit profits outperform* win wins won approv* boost* rally rallies expand* inflow* optimis* robust نمو ارتفاع قوي أرباح مكاسب تحسن قياسي',
);
const BAD = patternOf(
  'miss misses missed loss losses lose loses lost fall falls fell drop drops dropped declin* weak* warn* risk risks fear fears probe* lawsuit* sue sues sued cut cuts delay* recall* outage* halt* threat* downgrade* fraud* bankrupt* layoff* plunge* slump* breach* bug bugs crash* debt انخفاض خسائر خسارة هبوط تراجع ضعف تحذير',
);

/** Beyond this the mean is called good or bad. */
const NEUTRAL_WITHIN = 0.2;

export function headlineSentiment(headlines: readonly Headline[]): Sentiment {
  const scored = headlines.map(({ title, day }) => ({ title, day, score: scoreOf(title) }));
  const score = scored.length === 0 ? 0 : scored.reduce((sum, { score }) => sum + score, 0) / scored.length;
  return {
    score,
    tone: score > NEUTRAL_WITHIN ? 'positive' : score < -NEUTRAL_WITHIN ? 'negative' : 'neutral',
    headlines: scored,
    method: METHOD,
  };
}

function scoreOf(title: string): -1 | 0 | 1 {
  const words = title.toLowerCase().match(/\p{L}+/gu) ?? [];
  const count = (pattern: RegExp) => words.filter((word) => pattern.test(word)).length;
  const balance = count(GOOD) - count(BAD);
  return balance > 0 ? 1 : balance < 0 ? -1 : 0;
}

function patternOf(words: string): RegExp {
  return new RegExp(`^(?:${words.replaceAll(' ', '|').replaceAll('*', '\\p{L}*')})$`, 'u');
}
