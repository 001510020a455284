/**
 * Pattern of a text that requests an analysis without a command, such as `AAPL`, `tesla stock` or
 * `analyse Tesla please`. The session machine matches it against the whole text. Any other text is
 * a question, so the pattern names what is meant and guesses nothing. `analyse the risks` is a
 * question about the open analysis.
 */
import type { MarketData } from '../market-data/port.ts';
import { NAMED_SYMBOLS } from './names.ts';

/** In capitals they are common in a chat and rarely a ticker. `/analyze HI` still works. */
const NO_TICKERS = 'A|I|OK|HI|HEY|HELLO|HELP|YES|NO|NOT|BYE|THX|STOP|START|WHY|HOW|WHAT|WHO|LOL|WOW|N\\/A';
const TICKER = `\\$?(?!(?:${NO_TICKERS})(?!\\S))[A-Z]{1,5}(?:[\\/-][A-Z])?`;
const LISTED = String.raw`[A-Z]{1,10}(?:&[A-Z]+)?\.[A-Z]{1,2}|\d{4,6}\.[A-Z]{2}|[A-Z]{2,5}[\/-]USD`;
/** They are not analysed, and the customer reads why. */
const OTHERS = String.raw`\^[A-Z0-9]{3,8}|[A-Z]{6}=X|[A-Z]{2}=F`;

/** Names that people write first. The rest are read after a word of a question. */
const NAMES =
  'apple|tesla|microsoft|google|amazon|nvidia|netflix|coca.cola|aramco|bitcoin|ethereum|[اأآ]بل|تسلا|مايكروسوفت|جوجل|[اأ]مازون|[إا]نفيديا|[اأ]رامكو|بيتكوين';
/** A name of one or two words that begins as names do. */
const ANY_NAME = String.raw`\p{Lu}[\p{L}\p{N}.&'-]{1,19}(?: \p{Lu}\p{L}{1,19})?`;

/**
 * In small letters, shorter symbols are words, such as `ma` or `dis`. A source that lists names its
 * own.
 */
const LONGEST_WORD = 3;

const BEFORE =
  "(?:please )?analy[sz]e|(?:(?:what is|what's|whats) )?(?:the )?price of|حلل(?: سهم)?|تحليل(?: سهم)?|(?:كم |ما )?سعر(?: سهم)?";
const AFTER = 'stock|stocks|shares?|price|please|pls|now|today|من فضلك|لو سمحت|[اآ]ليوم|الآن';

export function subjectPattern({ capabilities: { listing } }: Pick<MarketData, 'capabilities'>): string {
  const listed =
    listing === null ? NAMED_SYMBOLS.filter((symbol) => symbol.length > LONGEST_WORD) : [...listing.equities, ...listing.coins];
  const symbols = listed.map((symbol) => symbol.toLowerCase().replaceAll('.', '\\.'));
  const known = `(?i:${[...symbols, NAMES].join('|')})`;
  const after = `(?i: (?:${AFTER}))*`;
  return `(?:(?i:${BEFORE}) )?(?<subject>${TICKER}|${LISTED}|${OTHERS}|${known})${after}|(?i:${BEFORE}) (?<subject>${ANY_NAME})${after}`;
}
