/** Questions that a customer may ask next about a finished analysis, as its buttons show them. */
import type { AnalyseInput } from '../index.ts';
import { languageOf } from './language.ts';

type Asked = 'risks' | 'growth' | 'valuation' | 'assumptions';

const QUESTIONS = {
  en: {
    risks: 'What are the risks?',
    growth: 'How fast is it growing?',
    valuation: 'Is the price fair?',
    assumptions: 'What are the assumptions?',
  },
  ar: {
    risks: 'ما هي المخاطر؟',
    growth: 'كيف هو النمو؟',
    valuation: 'هل السعر عادل؟',
    assumptions: 'ما هي الافتراضات؟',
  },
} as const satisfies Record<string, Record<Asked, string>>;

/** Of several subjects or the market the analysis has no answers to these, so none are offered. */
export function nextQuestions(...asked: readonly Asked[]): (input: Pick<AnalyseInput, 'args' | 'locale'>) => readonly string[] {
  return ({ args, locale }) => {
    const isOne = /^\S+$/u.test(args) && args.toLowerCase() !== 'macro';
    return isOne ? asked.map((question) => QUESTIONS[languageOf(locale)][question]) : [];
  };
}
