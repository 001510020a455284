/**
 * Parses a customer's command into the parameters of its workflow. Pure. Throws `InvalidInput` in
 * the customer's language, which says what is missing or unknown and how to write it.
 */
import { type AnalyseInput, InvalidInput } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import { subjectIn, UnknownSymbol } from '../market-data/subject.ts';
import type { Subject } from '../market-data/symbol.ts';
import { MAX_COMPARED, MAX_HOLDINGS } from '../request.ts';
import { type Advice, adviceOf } from './advice.ts';

type Command = Pick<AnalyseInput, 'args' | 'locale'>;
/** What is needed of a source to read a command. */
export type Known = Pick<MarketData, 'name' | 'capabilities'>;

const PORTFOLIO = /^(?:portfolio|محفظة|المحفظة|محفظتي)(?=\s|:|$)\s*:?/iu;
const MACRO = /^(?:macro|market|markets|economy|السوق|الأسواق|الاسواق|الاقتصاد)$/iu;
const BETWEEN = /\s*(?:[,;،؛\n]|\bvs\.?(?=\s)|\bversus\b|\band\b|(?<=\s)(?:مقابل|ضد|و)(?=\s))\s*|\s+/iu;
/** `AAPL 40`, `AAPL: 40 %`, `AAPL=40`, `40% AAPL`. */
const SYMBOL = /\$?[A-Za-z0-9]{1,10}(?:[./-][A-Za-z0-9]{1,5})?/;
const WORD = new RegExp(`^${SYMBOL.source}$`);
const WEIGHT = /\d+(?:\.\d+)?/;
const HOLDING = new RegExp(
  `^(?:(${SYMBOL.source})(?:\\s+|\\s*[:=]\\s*)(${WEIGHT.source})\\s*%?|(${WEIGHT.source})\\s*%\\s*(${SYMBOL.source}))$`,
);

/** For `full_analysis`. The type follows from the text. */
export function readAnalysis(known: Known, { args, locale }: Command) {
  const advice = adviceOf(locale);
  const text = western(args).trim();
  if (text === '') throw new InvalidInput(advice.whichCompany('analyze'));
  if (MACRO.test(text)) return { type: 'macro' as const, locale };
  const named = PORTFOLIO.exec(text);
  if (named !== null) return readPortfolio(known, text.slice(named[0].length), locale, advice);
  if (holdingsIn(text) !== undefined) return readPortfolio(known, text, locale, advice);
  const subjects = subjectsIn(known, text, advice);
  const [first] = subjects;
  if (first === undefined) throw new InvalidInput(advice.whichCompany('analyze'));
  if (subjects.length > 1) return { type: 'comparative' as const, symbols: subjects.map(({ symbol }) => symbol), locale };
  return { type: first.kind, symbol: first.symbol, locale };
}

/** For `sentiment` and `dcf_valuation`. */
export function readOne(known: Known, command: string, { args, locale }: Command) {
  const advice = adviceOf(locale);
  const subjects = subjectsIn(known, western(args).trim(), advice);
  const [subject] = subjects;
  if (subject === undefined) throw new InvalidInput(advice.whichCompany(command));
  if (subjects.length > 1) throw new InvalidInput(advice.oneOnly(command, subject.symbol));
  if (command === 'dcf' && subject.kind === 'crypto') throw new InvalidInput(advice.noDcfOfCoin(subject.symbol));
  return { symbol: subject.symbol, locale };
}

/** For `peer_comparison`. Takes one share, whose peers the source knows, or several. */
export function readPeers(known: Known, { args, locale }: Command) {
  const advice = adviceOf(locale);
  const subjects = subjectsIn(known, western(args).trim(), advice);
  const [first, second] = subjects;
  if (first === undefined) throw new InvalidInput(advice.whichCompany('peers'));
  if (second === undefined && (first.kind === 'crypto' || !known.capabilities.peers))
    throw new InvalidInput(advice.namePeers(first.symbol));
  return { symbols: subjects.map(({ symbol }) => symbol), locale };
}

function readPortfolio(known: Known, text: string, locale: string, advice: Advice) {
  if (text.trim() === '') throw new InvalidInput(advice.whichHoldings);
  const weighed = holdingsIn(text);
  const words = wordsIn(text);
  if (weighed === undefined && words.some((word) => /^\d+(?:\.\d+)?%?$/.test(word))) throw new InvalidInput(advice.whichHoldings);
  // Without weights all are of the same.
  const written = weighed ?? words.map((symbol) => ({ symbol, weight: 1 }));
  if (written.length > MAX_HOLDINGS) throw new InvalidInput(advice.tooMany(MAX_HOLDINGS));
  if (written.some(({ weight }) => !(weight > 0))) throw new InvalidInput(advice.whichHoldings);
  const holdings = written.map(({ symbol, weight }) => ({ symbol: subject(known, symbol, advice).symbol, weight }));
  return { type: 'portfolio' as const, holdings, locale };
}

type Weighed = readonly { readonly symbol: string; readonly weight: number }[];

/**
 * Undefined if not every part is a symbol with a weight. Parts are separated by commas, or by
 * spaces if symbols come first.
 */
function holdingsIn(text: string): Weighed | undefined {
  const lists = [/[,;،؛\n]/, /[,;،؛\n]|(?<=\d\s*%?)\s+(?=[A-Za-z$])/].map((between) => text.split(between).map((part) => part.trim()));
  for (const list of lists) {
    const parts = list.filter((part) => part !== '');
    const found = parts.map(weighedIn).filter((one) => one !== undefined);
    if (found.length > 0 && found.length === parts.length) return found;
  }
  return undefined;
}

function weighedIn(part: string): Weighed[number] | undefined {
  const [, before, after, percent, named] = HOLDING.exec(part) ?? [];
  const [symbol, weight] = [before ?? named, after ?? percent];
  return symbol === undefined || weight === undefined ? undefined : { symbol, weight: Number(weight) };
}

function subjectsIn(known: Known, text: string, advice: Advice): readonly Subject[] {
  const words = wordsIn(text);
  const noSymbol = words.find((word) => !WORD.test(word));
  if (noSymbol !== undefined) throw new InvalidInput(advice.noSymbol([...noSymbol].slice(0, 20).join('')));
  if (words.length > MAX_COMPARED) throw new InvalidInput(advice.tooMany(MAX_COMPARED));
  const bySymbol = new Map(words.map((word) => subject(known, word, advice)).map((one) => [one.symbol, one]));
  return [...bySymbol.values()];
}

function wordsIn(text: string): readonly string[] {
  return text.split(BETWEEN).filter((word) => word !== '');
}

function subject(known: Known, word: string, advice: Advice): Subject {
  try {
    return subjectIn(known, word);
  } catch (error) {
    if (error instanceof UnknownSymbol) throw new InvalidInput(advice.unknown(error.symbol, error.known), { symbol: error.symbol });
    if (error instanceof InvalidInput) throw new InvalidInput(advice.noSymbol([...word].slice(0, 20).join('')));
    throw error;
  }
}

/** Arabic digits, decimal and per cent signs as western ones. */
function western(text: string): string {
  return text
    .replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replaceAll('٪', '%')
    .replaceAll('٫', '.');
}
