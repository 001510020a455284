/**
 * Finds the symbols in what a person wrote, such as `“aapl”?`, `analyse Tesla please` or `سعر سهم
 * أبل؟`. Words that only ask are passed over. Pure.
 *
 * A word that could be a symbol is never dropped for being unknown, because an analysis of the
 * others alone would look complete. The caller says that it is not known.
 */
import { plainText, SYMBOL_WORD, symbolWord } from '../market-data/symbol.ts';
import { MAX_NAME_WORDS, nameKey, symbolsNamed } from './names.ts';

/** Meaning of one word, or of one name of several words. */
export type Reading =
  | { readonly symbol: string }
  /** A name of several listings. */
  | { readonly name: string; readonly symbols: readonly string[] }
  /** It is no symbol and no known name. */
  | { readonly unknown: string };

const BETWEEN = /\s*(?:[,;،؛\n]|(?<=\s)[&+/|](?=\s)|\bvs\.?(?=\s)|\bversus\b|(?<=\s)(?:مقابل|ضد|و|او|أو|مع)(?=\s))\s*|\s+/iu;

/** Words that ask for an analysis or say what of. */
const ASKING = new Set(
  `a about again an analyse analysis analyze and any are as at be buy by can chart check company could current currently do does doing
  earnings fair find for forecast from full get give go going good have hello help hey hi how i in info information into investing is it its
  just know latest let like look looking make market me my need new news now of on one or outlook over please pls plz price prices quote
  report review risk risks run see sell share shares should show stock stocks symbol tell thank thanks that the their then there think this ticker tickers
  to today trading up us value valuation versus vs want was we what whats what's when which who why will with worth would you your
  حلل حللي تحليل تحليلا حلّل سعر اسعار سهم اسهم السهم شركه الشركه قيمه من فضلك لو سمحت سمحتي ما هو هي ماهو كم عن اعطني اعطيني اريد عايز عاوز
  ممكن هل اليوم الان الرجاء رجاء ارجو في علي الي هذا هذه لي تقرير تقييم قارن مقارنه بين مع و او كيف ماذا اخبار مرحبا السلام عليكم شكرا`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** `AAPL/MSFT` are two. `RDS/A` is a class of shares, and `BTC/USD` a coin. */
const BETWEEN_TICKERS = /(?<=[a-z0-9])\/(?=(?!usdt?(?![a-z0-9]))[a-z0-9]{3})/giu;

/**
 * The class of a share behind its symbol or name, as in `BRK B` and `Berkshire Hathaway B`. Behind
 * a name it is a capital or has the word before it, because `a` is a word.
 */
const SHARE_CLASS = /(?<![\p{L}\p{N}])(brk|bf|hei|len|mog|berkshire(?: hathaway)?)[ .-]+(class )?([ab])(?![\p{L}\p{N}])/giu;

/** What is asked about, as in `the risks of Tesla` or `debt of Apple`. */
const ASKED_ABOUT = /(?<![\p{L}\p{N}])\p{Ll}+ of (?=\S)/gu;

/** Names that are also the symbol of another company when they are written in capitals. */
const NAMES_LIKE_TICKERS = new Set(['COKE', 'FORD']);

/** Longer words of small letters are no tickers. */
const LONGEST_TICKER = 5;

export function readSymbols(text: string): readonly Reading[] {
  const tokens = plainText(text)
    .replaceAll(/(?<=\p{L})['’]s(?!\p{L})/giu, '')
    .replaceAll(/["“”„«»‹›‘’`´()[\]{}<>*~]/gu, ' ')
    .replaceAll(BETWEEN_TICKERS, ' ')
    .replaceAll(SHARE_CLASS, (written: string, name: string, word: string | undefined, letter: string) => {
      const isName = /^berkshire/i.test(name);
      if (isName && word === undefined && letter === letter.toLowerCase()) return written;
      return ` ${isName ? 'BRK' : name.toUpperCase()}.${letter.toUpperCase()} `;
    })
    .replaceAll(ASKED_ABOUT, ' ')
    .split(BETWEEN)
    .map((token) => token.replaceAll(/^[.,:;!?¿¡؟…#@-]+|[.,:;!?؟…]+$/gu, ''))
    .filter((token) => token !== '');
  const [only] = tokens;
  // `NOW` alone is a symbol, `now` is not.
  if (only !== undefined && tokens.length === 1 && asks(only) && !looksLikeTicker(only)) return [{ unknown: only }];
  const capitals = tokens.every((token) => looksLikeTicker(token));
  const asking = tokens.filter(asks);
  // In `IT MSFT` both are symbols, in `PRICE OF AAPL` the first two ask.
  const kept = tokens.length === 1 || (capitals && asking.length === 1) ? tokens : tokens.filter((token) => !asks(token));
  const readings = named(kept);
  const sure = readings.some((one) => !('word' in one) || looksLikeTicker(one.word));
  return readings.flatMap((one): Reading[] => {
    if (!('word' in one)) return [one];
    const { word } = one;
    const symbol = symbolWord(word);
    const small = /^\p{Ll}+$/u.test(word) || /^\p{Lu}\p{Ll}+$/u.test(word) || /^\p{Script=Arabic}+$/u.test(word);
    // Beside something that is sure, a long word is what people say around it.
    if (sure && small && word.length > LONGEST_TICKER) return [];
    return SYMBOL_WORD.test(symbol) && (!small || word.length <= LONGEST_TICKER || tokens.length === 1)
      ? [{ symbol }]
      : [{ unknown: word }];
  });
}

/** Names of several words first, from left to right. */
function named(tokens: readonly string[]): readonly (Reading | { readonly word: string })[] {
  const readings: (Reading | { readonly word: string })[] = [];
  for (let at = 0; at < tokens.length; ) {
    const found = nameAt(tokens, at);
    readings.push(found?.reading ?? { word: tokens[at] ?? '' });
    at += found?.words ?? 1;
  }
  return readings;
}

function nameAt(tokens: readonly string[], at: number): { readonly reading: Reading; readonly words: number } | undefined {
  for (let words = Math.min(MAX_NAME_WORDS, tokens.length - at); words > 0; words--) {
    const name = tokens.slice(at, at + words).join(' ');
    const symbols = name.startsWith('$') || NAMES_LIKE_TICKERS.has(name) ? undefined : symbolsNamed(name);
    const [symbol, ...others] = symbols ?? [];
    if (symbol !== undefined) return { reading: others.length === 0 ? { symbol } : { name, symbols: symbols ?? [] }, words };
  }
  return undefined;
}

function asks(token: string): boolean {
  const key = nameKey(token);
  return ASKING.has(key) || ASKING.has(key.replace(/^[ولب](?=\p{Script=Arabic}{3})/u, ''));
}

/** Written as symbols are, `AAPL`, `$now`, `BRK.B`, `^GSPC`. */
function looksLikeTicker(token: string): boolean {
  return /^[A-Z0-9]{1,5}$/.test(token) || (/^\$|[.&^=/:-]|\d/.test(token) && SYMBOL_WORD.test(symbolWord(token)));
}
