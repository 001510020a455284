/** Symbols as people write them (SPEC A7). */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSymbols } from '#assistants/stock-analyst/commands/read-symbols.ts';
import { NotAnalysed, parseSubject, symbolWord } from '#assistants/stock-analyst/market-data/symbol.ts';
import { symbolText } from '#assistants/stock-analyst/request.ts';

/** Of consonants that make no word, because a word such as `now` is a symbol in capitals only. */
const letters = (min: number, max: number) => fc.stringMatching(new RegExp(`^[BCDFGJKQXZ]{${min},${max}}$`));
const ticker = fc.oneof(
  letters(1, 5),
  fc.tuple(letters(1, 4), letters(1, 2)).map(([name, ending]) => `${name}.${ending}`),
  fc.tuple(letters(1, 4), letters(1, 4), letters(2, 2)).map(([a, b, ending]) => `${a}&${b}.${ending}`),
  fc.stringMatching(/^[1-9][0-9]{3}$/).map((digits) => `${digits}.SR`),
);
const wide = (text: string) => text.replaceAll(/[A-Z0-9]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));

describe('a symbol', () => {
  it('is the same in any case, width, quotes and punctuation', () => {
    fc.assert(
      fc.property(
        ticker,
        fc.constantFrom(String, (text: string) => text.toLowerCase(), wide),
        fc.constantFrom('', '"', '“', '«', '(', '*', '‘', ' ', '\u200b', '\u200f', '¿', '$'),
        fc.constantFrom('', '"', '”', '»', ')', '*', '’', '?', '؟', '.', '...', '!', ',', '،', ':', '\u200b', ' \n'),
        (symbol, written, before, after) => {
          const text = `${before}${written(symbol)}${after}`;
          expect(symbolWord(text)).toBe(symbol);
          expect(readSymbols(text)).toEqual(readSymbols(symbol));
          expect(symbolText.parse(text)).toBe(symbol);
        },
      ),
    );
  });

  it('that is written as one is never passed over beside others', () => {
    const plain = letters(2, 4).map((name) => `$${name}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(plain, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(' ', ', ', ' and ', ' vs ', ' و ', '، ', ' & '),
        (symbols, between) => {
          const found = readSymbols(`please analyse ${symbols.join(between)} for me`);
          expect(found).toEqual(symbols.map((symbol) => ({ symbol: symbol.slice(1) })));
        },
      ),
    );
  });

  it.each([
    ['RDS/A', 'RDS.A'],
    ['brk/b', 'BRK.B'],
    ['NYSE: KO', 'KO'],
    ['LON:VOD', 'VOD.L'],
    ['TADAWUL:2222', '2222.SR'],
    ['Bajaj-Auto.NS', 'BAJAJ-AUTO.NS'],
    ['BT-A.L', 'BT-A.L'],
  ])('%s is %s', (text, symbol) => expect(parseSubject(text.replace(': ', ':'))).toEqual({ kind: 'equity', symbol }));

  it.each([
    ['^GSPC', 'index'],
    ['^ta125.ta', 'index'],
    ['EURUSD=X', 'currency'],
    ['GC=F', 'future'],
  ])('%s is known and not analysed (%s)', (text, kind) => {
    expect(() => parseSubject(text)).toThrow(NotAnalysed);
    expect(() => parseSubject(text)).toThrow(expect.objectContaining({ kind }));
    expect(symbolText.parse(text)).toBe(text.toUpperCase());
  });
});

describe('words around it', () => {
  it.each([
    ['IT MSFT', ['IT', 'MSFT']],
    ['NOW', ['NOW']],
    ['is $NOW good?', ['NOW']],
    ['PRICE OF AAPL', ['AAPL']],
    ['how are you', []],
    ['AT&T', ['T']],
    ['procter & gamble', ['PG']],
    ['COKE', ['COKE']],
    ['aapl msft', ['AAPL', 'MSFT']],
    ['Tesla for my grandmother', ['TSLA']],
    ['the risks of Tesla', ['TSLA']],
    ['Tesla risks', ['TSLA']],
    ['the debt of Apple and nvda', ['AAPL', 'NVDA']],
    ['Tesla and aapl', ['TSLA', 'AAPL']],
    ['Berkshire Hathaway B', ['BRK.B']],
    ['Berkshire Hathaway A', ['BRK.A']],
    ['berkshire class a vs msft', ['BRK.A', 'MSFT']],
    ['is berkshire a good buy?', ['BRK.B']],
    ['BRK B', ['BRK.B']],
    ['brk a, aapl', ['BRK.A', 'AAPL']],
    ['AAPL A', ['AAPL', 'A']],
    ['لتسلا وأبل', ['TSLA', 'AAPL']],
    ['أرامكو السعودية', ['2222.SR']],
  ])('%s', (text, symbols) => expect(readSymbols(text)).toEqual(symbols.map((symbol) => ({ symbol }))));

  it('a name of several listings is all of them, and no name is what it is', () => {
    expect(readSymbols('Shell')).toEqual([{ name: 'Shell', symbols: ['SHEL', 'SHEL.L'] }]);
    expect(readSymbols('my grandmother')).toEqual([{ unknown: 'grandmother' }]);
    expect(readSymbols('now?')).toEqual([{ unknown: 'now' }]);
  });

  it('takes time in proportion to the text', () => {
    const began = performance.now();
    for (const part of ['a ', 'A/', '"', ' ', '$', '&', 'ـ', 'nyse: ', '.']) readSymbols(part.repeat(2_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
