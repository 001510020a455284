/** Words of dates. */
import { type Term, terms } from './lexicon.ts';

export const MONTHS: readonly Term<string>[] = terms({
  '01': 'january|jan|يناير',
  '02': 'february|feb|فبراير',
  '03': 'march|mar|مارس',
  '04': 'april|apr|ابريل|أبريل',
  '05': 'may|مايو',
  '06': 'june|jun|يونيو|يونيه',
  '07': 'july|jul|يوليو|يوليه',
  '08': 'august|aug|اغسطس',
  '09': 'september|sept|سبتمبر',
  '10': 'october|اكتوبر',
  '11': 'november|nov|نوفمبر',
  '12': 'december|dec|ديسمبر',
});

export type Relative =
  | 'tomorrow'
  | 'day after tomorrow'
  | 'next week'
  | 'next month'
  | 'next year'
  | 'end of year'
  | 'end of month'
  | 'summer'
  | 'two weeks'
  | 'two months'
  | 'two years'
  | 'week'
  | 'month';

export const RELATIVE: readonly Term<Relative>[] = terms<Relative>({
  'day after tomorrow': 'day after tomorrow|بعد بكرة|بعد غد',
  tomorrow: 'tomorrow|بكرة|بكره|غدا',
  'next week': 'next week|coming week|الاسبوع الجاي|الاسبوع القادم',
  'next month': 'next month|nxt month|coming month|الشهر الجاي|الشهر القادم|الشهر اللي جاي',
  'next year': 'next year|السنة الجاية|السنة القادمة|اول سنة الجاية|العام القادم',
  'end of year': 'end of the year|end of year|اخر السنة|نهاية السنة|نهاية العام',
  'end of month': 'end of the month|end of month|اخر الشهر|نهاية الشهر',
  summer: 'summer|this summer|الصيف|صيف',
  'two weeks': 'بعد اسبوعين|خلال اسبوعين',
  'two months': 'بعد شهرين|خلال شهرين',
  'two years': 'بعد سنتين|خلال سنتين',
  week: 'in a week|within a week|بعد اسبوع|خلال اسبوع',
  month: 'in a month|within a month|بعد شهر|خلال شهر',
});

export const TIME_UNITS: readonly Term<'days' | 'weeks' | 'months'>[] = terms<'days' | 'weeks' | 'months'>({
  days: 'days|ايام|يوم',
  weeks: 'weeks|week|اسابيع|اسبوع',
  months: 'months|month|شهور|اشهر|شهر',
});
