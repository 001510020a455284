/**
 * Parses a customer's command into the parameters of its workflow. Pure. Throws `InvalidInput` in
 * the customer's language, which says what is missing or unknown and how to write it.
 */
import { type AnalyseInput, InvalidInput } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import { subjectIn, UnknownSymbol } from '../market-data/subject.ts';
import { NotAnalysed, plainText, type Subject } from '../market-data/symbol.ts';
import { MAX_COMPARED, MAX_HOLDINGS } from '../request.ts';
import { type Advice, adviceOf } from './advice.ts';
import { symbolsNamed } from './names.ts';
import { type Reading, readSymbols } from './read-symbols.ts';

type Command = Pick<AnalyseInput, 'args' | 'locale'>;
/** What is needed of a source to read a command. */
export type Known = Pick<MarketData, 'name' | 'capabilities'>;

const PORTFOLIO = /^(?:portfolio|محفظة|المحفظة|محفظتي)(?=\s|:|$)\s*:?/iu;
const MACRO = /^(?:macro|market|markets|economy|السوق|الأسواق|الاسواق|الاقتصاد)$/iu;
const SYMBOL = /^[$^]?[A-Z0-9]{1,10}(?:&[A-Z0-9]{1,10})?(?:[./-][A-Z0-9]{1,5}){0,2}$/i;
/** `AAPL 40`, `AAPL: 40 %`, `AAPL=40`, `40% AAPL`. In place of the symbol there may be a name. */
const HOLDING = /^(?:([^%:=]+?)(?:\s+|\s*[:=]\s*)(\d+(?:\.\d+)?)\s*%?|(\d+(?:\.\d+)?)\s*%\s*([^%:=]+))$/;
/** What may stand around symbols and weights, except the point of `0.4`. */
const AROUND = /["“”„«»‹›‘’`()[\]]|[.!?؟]+$/gu;
const NUMBER = /(?<![\p{L}\p{N}.])\d+(?:\.\d+)?%?(?![\p{L}\p{N}.])/u;

/** For `full_analysis`. The type follows from the text. */
export function readAnalysis(known: Known, { args, locale }: Command) {
  const advice = adviceOf(locale);
  const text = western(args);
  if (text === '') throw new InvalidInput(advice.whichCompany('analyze'));
  if (MACRO.test(text.replace(/[.?!؟]+$/u, ''))) return { type: 'macro' as const, locale };
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
  const subjects = subjectsIn(known, western(args), advice);
  const [subject] = subjects;
  if (subject === undefined) throw new InvalidInput(advice.whichCompany(command));
  if (subjects.length > 1) throw new InvalidInput(advice.oneOnly(command, subject.symbol));
  if (command === 'dcf' && subject.kind === 'crypto') throw new InvalidInput(advice.noDcfOfCoin(subject.symbol));
  return { symbol: subject.symbol, locale };
}

/** For `peer_comparison`. Takes one share, whose peers the source knows, or several. */
export function readPeers(known: Known, { args, locale }: Command) {
  const advice = adviceOf(locale);
  const subjects = subjectsIn(known, western(args), advice);
  const [first, second] = subjects;
  if (first === undefined) throw new InvalidInput(advice.whichCompany('peers'));
  if (second === undefined && (first.kind === 'crypto' || !known.capabilities.peers))
    throw new InvalidInput(advice.namePeers(first.symbol));
  return { symbols: subjects.map(({ symbol }) => symbol), locale };
}

function readPortfolio(known: Known, text: string, locale: string, advice: Advice) {
  if (text.trim() === '') throw new InvalidInput(advice.whichHoldings);
  const weighed = holdingsIn(text);
  if (weighed === undefined && NUMBER.test(text)) throw new InvalidInput(advice.whichHoldings);
  // Without weights all are of the same.
  const written = weighed ?? resolved(known, readSymbols(text), advice).map(({ symbol }) => ({ symbol, weight: 1 }));
  if (written.length > MAX_HOLDINGS) throw new InvalidInput(advice.tooMany(MAX_HOLDINGS));
  if (written.some(({ weight }) => !(weight > 0))) throw new InvalidInput(advice.whichHoldings);
  const holdings = written.map(({ symbol, weight }) => ({ symbol: oneSymbol(known, symbol, advice), weight }));
  return { type: 'portfolio' as const, holdings, locale };
}

type Weighed = readonly { readonly symbol: string; readonly weight: number }[];

/**
 * Undefined if not every part is a symbol with a weight. Parts are separated by commas, or by
 * spaces if symbols come first.
 */
function holdingsIn(text: string): Weighed | undefined {
  const plain = text.replaceAll(AROUND, '');
  const lists = [/[,;،؛\n]/, /[,;،؛\n]|(?<=\d\s*%?)\s+(?=[\p{L}$^])/u].map((between) => plain.split(between).map((part) => part.trim()));
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
  if (symbol === undefined || weight === undefined) return undefined;
  return SYMBOL.test(symbol) || symbolsNamed(symbol) !== undefined ? { symbol, weight: Number(weight) } : undefined;
}

function subjectsIn(known: Known, text: string, advice: Advice): readonly Subject[] {
  const readings = readSymbols(text);
  if (readings.length > MAX_COMPARED) throw new InvalidInput(advice.tooMany(MAX_COMPARED));
  return resolved(known, readings, advice);
}

/** Each subject once. Throws for the first reading that is unknown or means several things. */
function resolved(known: Known, readings: readonly Reading[], advice: Advice): readonly Subject[] {
  const subjects = readings.map((reading) => {
    if ('unknown' in reading) throw new InvalidInput(advice.noSymbol(shortened(reading.unknown)));
    if ('symbol' in reading) return subject(known, reading.symbol, advice);
    const listed = reading.symbols.filter((symbol) => has(known, symbol));
    const [only, another] = listed.length > 0 ? listed : reading.symbols;
    if (only === undefined || another !== undefined) throw new InvalidInput(advice.whichListing(reading.name, reading.symbols));
    return subject(known, only, advice);
  });
  return [...new Map(subjects.map((one) => [one.symbol, one])).values()];
}

function has(known: Known, symbol: string): boolean {
  if (known.capabilities.listing === null) return false;
  try {
    return subjectIn(known, symbol).symbol !== '';
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
}

/** A holding may be a symbol or a name. */
function oneSymbol(known: Known, text: string, advice: Advice): string {
  const [one] = resolved(known, readSymbols(text), advice);
  if (one === undefined) throw new InvalidInput(advice.noSymbol(shortened(text)));
  return one.symbol;
}

function subject(known: Known, word: string, advice: Advice): Subject {
  try {
    return subjectIn(known, word);
  } catch (error) {
    if (error instanceof UnknownSymbol) throw new InvalidInput(advice.unknown(error.symbol, error.known), { symbol: error.symbol });
    if (error instanceof NotAnalysed) throw new InvalidInput(advice.notAnalysed[error.kind](error.symbol), { symbol: error.symbol });
    if (error instanceof InvalidInput) throw new InvalidInput(advice.noSymbol(shortened(word)));
    throw error;
  }
}

const shortened = (word: string): string => [...word].slice(0, 20).join('');

/**
 * Arabic digits, decimal and per cent signs as western ones, and full-width letters as Latin ones.
 */
function western(text: string): string {
  return plainText(text)
    .replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replaceAll('٪', '%')
    .replaceAll('٫', '.')
    .trim();
}
