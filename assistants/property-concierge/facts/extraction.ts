/** Extraction of the concierge, by the model or by rules. */
import { defineExtraction } from '../../index.ts';
import { readFacts } from './rules/read.ts';
import { propertyFacts } from './schema.ts';
import { shownFacts } from './shown.ts';

/** Where the customers are, for "next month". */
export const TIME_ZONE = 'Africa/Cairo';

export const propertyExtraction = defineExtraction({
  name: 'property_facts',
  schema: propertyFacts,
  rules: readFacts,
  shown: shownFacts,
  timeZone: TIME_ZONE,
  guidance: `The customers look for property in Egypt and write English, Arabic (Egyptian too), or both in one message, with typing errors and Arabic-Indic digits.
"3M", "٣ مليون" and "مليون ونص" are amounts. "2BR" is two bedrooms. "الشهر الجاي" is next month. "مش عايز اكتوبر" excludes 6th of October.
What a customer paid for an earlier home, or where they live now, is no wish.`,
});
