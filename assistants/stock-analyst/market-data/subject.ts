/** Decides whether a symbol is a share or a coin, by the source's own list, else by common use. */
import { InvalidInput } from '../../index.ts';
import type { MarketData } from './port.ts';
import { parseSubject, type Subject } from './symbol.ts';

/** Throws `InvalidInput` for what is no symbol, and for what a source with a list does not have. */
export function subjectIn({ name, capabilities: { listing } }: Pick<MarketData, 'name' | 'capabilities'>, text: string): Subject {
  const subject = parseSubject(text);
  if (listing === null) return subject;
  const { equities, coins } = listing;
  const share = subject.kind === 'equity' ? equities.find((known) => sameSymbol(known, subject.symbol)) : undefined;
  if (share !== undefined) return { kind: 'equity', symbol: share };
  if (coins.includes(subject.symbol)) return { kind: 'crypto', symbol: subject.symbol };
  throw new UnknownSymbol(name, subject.symbol, [...equities, ...coins]);
}

/** Sources write a class of shares with a point or a hyphen. */
function sameSymbol(a: string, b: string): boolean {
  return a.replaceAll('-', '.') === b.replaceAll('-', '.');
}

/** With what there is instead. */
export class UnknownSymbol extends InvalidInput {
  readonly symbol: string;
  readonly known: readonly string[];

  constructor(source: string, symbol: string, known: readonly string[]) {
    super(`${source} does not have ${symbol}. It has ${known.join(', ')}.`, { source, symbol, known });
    this.symbol = symbol;
    this.known = known;
  }
}

/** The same for a caller that does not need the source to have it. */
export function kindIn({ capabilities: { listing } }: Pick<MarketData, 'capabilities'>, text: string): Subject['kind'] {
  const { kind, symbol } = parseSubject(text);
  return listing?.coins.includes(symbol) && !listing.equities.includes(symbol) ? 'crypto' : kind;
}
