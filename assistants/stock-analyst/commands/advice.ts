/** Advice on how to write a command, for a customer whose command is wrong. English and Arabic. */
import { languageOf } from '../language.ts';

export interface Advice {
  readonly whichCompany: (command: string) => string;
  readonly oneOnly: (command: string, symbol: string) => string;
  readonly noDcfOfCoin: (symbol: string) => string;
  readonly namePeers: (symbol: string) => string;
  readonly whichHoldings: string;
  readonly tooMany: (most: number) => string;
  readonly unknown: (symbol: string, known: readonly string[]) => string;
  readonly noSymbol: (word: string) => string;
}

const english: Advice = {
  whichCompany: (command) =>
    `Which company? For example /${command} AAPL${command === 'analyze' ? ', /analyze AAPL MSFT to compare, /analyze portfolio AAPL 40, MSFT 60, or /analyze macro' : ''}.`,
  oneOnly: (command, symbol) => `One at a time, please: /${command} ${symbol}. To compare several: /peers AAPL MSFT.`,
  noDcfOfCoin: (symbol) =>
    `${symbol} has no cash flows that belong to its holders, so there is no discounted cash flow of it. /analyze ${symbol} shows what there is.`,
  namePeers: (symbol) => `I do not know any peers of ${symbol}. Name them: /peers ${symbol} MSFT GOOGL.`,
  whichHoldings: 'Which holdings, and how much of each? For example /analyze portfolio AAPL 40, MSFT 60.',
  tooMany: (most) => `That is too many at once: at most ${most}, please.`,
  unknown: (symbol, known) =>
    `I have no data about ${symbol}. This is the bundled sample, which has ${known.join(', ')}. Try /analyze ${known[0] ?? 'AAPL'}.`,
  noSymbol: (word) => `“${word}” is not a ticker symbol. Send one such as AAPL, BRK.B or BTC, for example /analyze AAPL.`,
};

const arabic: Advice = {
  whichCompany: (command) =>
    `أي شركة؟ مثلًا: ‎/${command} AAPL${command === 'analyze' ? '\nأو للمقارنة: ‎/analyze AAPL MSFT\nأو لمحفظة: ‎/analyze portfolio AAPL 40, MSFT 60\nأو للسوق: ‎/analyze macro' : ''}`,
  oneOnly: (command, symbol) => `واحدة في كل مرة من فضلك: ‎/${command} ${symbol}\nللمقارنة: ‎/peers AAPL MSFT`,
  noDcfOfCoin: (symbol) => `ليس لـ ${symbol} تدفقات نقدية تخص حامليها، فلا يوجد لها خصم تدفقات نقدية. ما يتوفر عنها: ‎/analyze ${symbol}`,
  namePeers: (symbol) => `لا أعرف نظراء لـ ${symbol}. سمِّهم من فضلك: ‎/peers ${symbol} MSFT GOOGL`,
  whichHoldings: 'ما مكونات المحفظة وكم وزن كل منها؟ مثلًا: ‎/analyze portfolio AAPL 40, MSFT 60',
  tooMany: (most) => `هذا كثير مرة واحدة: ${most} على الأكثر من فضلك.`,
  unknown: (symbol, known) =>
    `لا توجد لدي بيانات عن ${symbol}. هذه بيانات تجريبية فيها: ${known.join('، ')}.\nجرّب: ‎/analyze ${known[0] ?? 'AAPL'}`,
  noSymbol: (word) => `«${word}» ليس رمز سهم. أرسل رمزًا مثل AAPL أو BRK.B أو BTC، مثلًا: ‎/analyze AAPL`,
};

/** Of a BCP 47 language. */
export function adviceOf(locale: string): Advice {
  return languageOf(locale) === 'ar' ? arabic : english;
}
