/**
 * Report for a reader of Arabic (SPEC A7). All text of the program is Arabic, and lines begin on
 * the right.
 */
import { describe, expect, it } from 'vitest';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { coinReport } from '#assistants/stock-analyst/report/coin-report.ts';
import type { Block } from '#assistants/stock-analyst/report/document.ts';
import { equityReport } from '#assistants/stock-analyst/report/equity-report.ts';
import { FIGURES } from '#assistants/stock-analyst/report/figures.ts';
import type { ReportWords } from '#assistants/stock-analyst/report/phrases.ts';
import { renderReport } from '#assistants/stock-analyst/report/render.ts';
import { REPORT_WORDS } from '#assistants/stock-analyst/report/words.ts';
import { arabicSourceWord } from '#assistants/stock-analyst/source-words.ts';
import { NoValue, type WhyNoValue } from '#assistants/stock-analyst/valuation/no-value.ts';
import type { AssumptionReason } from '#assistants/stock-analyst/valuation/reasons.ts';
import { asked, runWorkflow } from '../analyst.ts';
import { sampleAnalysis } from './analyses.ts';
import { type ReadPdf, readPdf } from './read-pdf.ts';

const AT = Date.parse('2026-11-01T23:30:00Z');
const ARABIC = { address: 'web:default:v_1', assistant: 'stock-analyst', locale: 'ar-EG' };
const data = sampleMarketData();

/** What sources call things, and what has no other name. */
const NAMES = ['USD', 'EGP', 'EBITDA', 'Statechat'];

/** Latin words on the pages that no source gave. */
async function ownWords({ text }: ReadPdf, symbol: string, kind: 'equity' | 'crypto' = 'equity'): Promise<readonly string[]> {
  const record = kind === 'crypto' ? await data.coin(symbol) : await data.company(symbol);
  const headlines = await data.headlines(symbol, kind);
  const given = [
    ...('exchange' in record ? [record.exchange, ...(await data.peers(symbol))] : []),
    record.name,
    symbol,
    ...headlines.map(({ title }) => title),
  ].join(' ');
  const known = [...(given.match(/[A-Za-z]{2,}/g) ?? []), ...NAMES].toSorted((a, b) => b.length - a.length);
  // Cells of a table may be read back without anything between them.
  return known.reduce((left, word) => left.replaceAll(word, ' '), text).match(/[A-Za-z]{2,}/g) ?? [];
}

/** Where the words of a block that is read back begin, from the left. */
function leftOf({ pages }: ReadPdf, text: string): number {
  const found = pages.flatMap(({ pieces }) => pieces).find((piece) => piece.text.normalize('NFKC').includes(text));
  return found?.x ?? Number.NaN;
}

describe('a report in Arabic', () => {
  it.each([
    ['AAPL', 'equity'],
    ['ETEL', 'equity'],
    ['BTC', 'crypto'],
  ] as const)('of %s has no word of English that no source gave', async (symbol, kind) => {
    const { reports } = await runWorkflow('full_analysis', { symbol, locale: 'ar' }, { session: ARABIC });
    const pdf = await readPdf(reports[0]?.bytes ?? new Uint8Array());
    expect(await ownWords(pdf, symbol, kind)).toEqual([]);
    expect(pdf.info).toMatchObject({ Language: 'ar' });
    expect(reports[0]?.caption).toBe(`تقرير عن ${symbol}، 21 نوفمبر 2026`);
  });

  it('says in Arabic too why there is no valuation', async () => {
    const marketData = { ...data, quarters: async (symbol: string) => (await data.quarters(symbol)).slice(-3) };
    const { reports, text } = await runWorkflow('full_analysis', { symbol: 'AAPL', locale: 'ar' }, { session: ARABIC, marketData });
    expect(await ownWords(await readPdf(reports[0]?.bytes ?? new Uint8Array()), 'AAPL')).toEqual([]);
    expect(text).toContain('يلزم أربعة أرباع من القوائم المالية، والمتوفر 3.');
  });

  it('begins lines, tables and charts on the right, and ends them on the left', async () => {
    const analysis = await sampleAnalysis('AAPL');
    const [arabic, english] = [
      await readPdf(await renderReport(equityReport(analysis, AT, 'ar'))),
      await readPdf(await renderReport(equityReport(analysis, AT, 'en'))),
    ];
    // The title, a Latin name, on the side where the page's lines begin.
    expect(leftOf(english, 'Apple Inc.')).toBeLessThan(100);
    expect(leftOf(arabic, 'Apple')).toBeGreaterThan(300);
    // Figures of the first table, the oldest quarter, a rate of the heat table.
    const price = `${FIGURES.en.price(analysis.quote.price, '').trim()}`;
    expect(leftOf(english, price)).toBeGreaterThan(300);
    expect(leftOf(arabic, price)).toBeLessThan(150);
    const [oldest, latest] = [analysis.quarters.at(0)?.end.slice(0, 7) ?? '', analysis.quarters.at(-1)?.end.slice(0, 7) ?? ''];
    expect(leftOf(english, oldest)).toBeLessThan(leftOf(english, latest));
    expect(leftOf(arabic, oldest)).toBeGreaterThan(leftOf(arabic, latest));
  });

  it('shows figures in western digits with their signs where they belong, and dates in Arabic', async () => {
    const coin = { ...(await data.coin('BTC')), change: -0.0312 };
    const pdf = await readPdf(
      await renderReport(coinReport({ coin, summary: ['انخفض السعر بنسبة -3.1% في يوم.'], sentiment: null }, AT, 'ar')),
    );
    const pieces = pdf.pages.flatMap((page) => page.pieces.map(({ text }) => text));
    expect(pieces.filter((text) => text === '-3.1%')).toHaveLength(2);
    expect(pdf.text).not.toMatch(/[٠-٩٪]/);
    expect(FIGURES.ar.date(AT)).toBe('1 نوفمبر 2026');
    expect(FIGURES.ar.day('2026-10-30')).toBe('30 أكتوبر 2026');
  });

  it('cuts nothing off: a line is as wide as its words', async () => {
    for (const symbol of ['AAPL', 'MSFT', 'ETEL']) {
      const { text } = await readPdf(await renderReport(equityReport(await sampleAnalysis(symbol), AT, 'ar')));
      expect(text).not.toContain('…');
    }
  });
});

describe('an answer in Arabic', () => {
  it.each([
    ['analyze', 'AAPL'],
    ['analyze', 'ETEL'],
    ['analyze', 'BTC'],
    ['analyze', 'AAPL MSFT BTC'],
    ['analyze', 'portfolio AAPL 30, KO 50, BTC 20'],
    ['analyze', 'macro'],
    ['sentiment', 'AAPL'],
    ['dcf', 'KO'],
    ['peers', 'AAPL'],
  ])('to /%s %s has no word of English but names, symbols and headlines', async (command, args) => {
    const { workflow, params } = asked(command, args, 'ar');
    const { text } = await runWorkflow(workflow, params, { session: ARABIC });
    const { equities, coins } = data.capabilities.listing ?? { equities: [], coins: [] };
    const known = await Promise.all([
      ...equities.map(async (symbol) => [symbol, (await data.company(symbol)).name]),
      ...coins.map(async (symbol) => [symbol, (await data.coin(symbol)).name]),
      ...['AAPL', 'BTC'].map(async (symbol) =>
        (await data.headlines(symbol, symbol === 'BTC' ? 'crypto' : 'equity')).map(({ title }) => title),
      ),
    ]);
    const given = [...known.flat(), ...NAMES, 'ANTHROPIC_API_KEY', 'portfolio', '.env', '.pdf'].toSorted((a, b) => b.length - a.length);
    expect(given.reduce((left, word) => left.replaceAll(word, ' '), text).match(/[A-Za-z]{2,}/g) ?? []).toEqual([]);
  });

  it('names sectors and industries as the sources write them, and leaves what it does not know', () => {
    expect(['Consumer Cyclical', 'TECHNOLOGY', 'Software — Application', 'Banks - Regional'].map(arabicSourceWord)).toEqual([
      'السلع الاستهلاكية الدورية',
      'التكنولوجيا',
      'البرمجيات التطبيقية',
      'البنوك الإقليمية',
    ]);
    expect(arabicSourceWord('Marine Shipping')).toBe('Marine Shipping');
  });
});

describe('a report on several', () => {
  it.each([
    [
      { type: 'comparative', symbols: ['AAPL', 'KO', 'BTC'] },
      'AAPL-KO-BTC-2026-11-21.pdf',
      ['Side by side', 'Crypto assets', '18.1×', 'Revenue growth'],
      'Report on AAPL, KO, BTC, 21 November 2026',
    ],
    [
      {
        type: 'portfolio',
        holdings: [
          { symbol: 'AAPL', weight: 30 },
          { symbol: 'KO', weight: 50 },
          { symbol: 'BTC', weight: 20 },
        ],
      },
      'portfolio-2026-11-21.pdf',
      ['Portfolio review', '50.0 %', 'Sectors and currencies', 'Crypto assets'],
      'Report on your portfolio, 21 November 2026',
    ],
  ])('is made, in English and wholly in Arabic: %j', async (params, name, says, caption) => {
    const [english] = (await runWorkflow('full_analysis', { ...params, locale: 'en' })).reports;
    expect(english).toMatchObject({ name, caption });
    const pdf = await readPdf(english?.bytes ?? new Uint8Array());
    const text = pdf.text.replaceAll(/\s+/g, ' ');
    for (const words of ['SAMPLE DATA', 'Executive summary', ...says]) expect(text).toContain(words);
    expect(text).toContain(REPORT_WORDS.en.disclaimer);
    // A heading has content below it. This comparison has no known risks.
    expect(text.includes('Risks')).toBe(params.type === 'portfolio');

    const { reports, text: told } = await runWorkflow('full_analysis', { ...params, locale: 'ar' }, { session: ARABIC });
    const arabic = await readPdf(reports[0]?.bytes ?? new Uint8Array());
    const names = ['AAPL', 'KO', 'Apple', 'Inc', 'The', 'Coca', 'Cola', 'Company', 'Bitcoin'];
    expect((await ownWords(arabic, 'BTC', 'crypto')).filter((word) => !names.some((one) => word.includes(one)))).toEqual([]);
    expect(reports[0]?.caption).toMatch(/^تقرير عن /);
    expect(told).toContain(name);
  });
});

describe('words', () => {
  const why: readonly WhyNoValue[] = [
    { because: 'tooFewQuarters', quarters: 3 },
    { because: 'currencyChanged', symbol: 'X', currencies: ['USD', 'EGP'] },
    { because: 'noCashFlow', symbol: 'X', end: '2026-09-30', baseCashFlow: -1 },
    { because: 'sharesUnknown', symbol: 'X' },
    { because: 'twoCurrencies', symbol: 'X', quoted: 'USD', reported: 'EGP' },
    { because: 'growthTooHigh', terminalGrowth: 0.09, discountRate: 0.08, least: 0.005 },
  ];
  const reasons: readonly AssumptionReason[] = [
    { of: 'growth', initial: 0.1, terminal: 0.02, given: true, last: null },
    { of: 'growth', initial: 0.1, terminal: 0.02, given: false, last: null },
    { of: 'tax', rate: 0.2, because: 'noProfit' },
    { of: 'givenRate', rate: 0.1 },
    { of: 'otherCurrency', symbol: 'X', currency: 'EGP' },
  ];

  it('of Arabic exist for every reason', () => {
    const { refusal, reason, noValuation }: ReportWords = REPORT_WORDS.ar;
    const refused = why.map((one) => refusal({ refused: new NoValue('In English.', one).message, why: one }));
    for (const text of [...refused, ...reasons.map(reason), noValuation({ refused: 'In English.' })]) {
      expect(text.replaceAll(/\b(?:USD|EGP|X)\b/g, '')).not.toMatch(/[A-Za-z]/);
      expect(text).toMatch(/\p{Script=Arabic}/u);
    }
  });

  it('of what is not ours to say stay as they are', () => {
    expect(REPORT_WORDS.ar.refusal({ refused: 'Some provider takes no more today.' })).toBe('Some provider takes no more today.');
  });
});

it('puts amounts of a table in one unit, in which the smaller ones say something', () => {
  const { name, format, tick } = FIGURES.ar.unitOf([94e9, -1.2e9, 0], 'USD');
  expect([name, format(94e9), format(-1.2e9), tick(100e9)]).toEqual(['مليار USD', '94.00', '-1.20', '100']);
  expect(FIGURES.en.unitOf([9.9e9], 'EGP').name).toBe('EGP million');
  expect(FIGURES.en.unitOf([], 'EGP').name).toBe('EGP');
});

it('keeps a small table on one page', async () => {
  const rows = Array.from({ length: 8 }, (_, index) => [`Row ${index}`, String(index)]);
  for (const lines of [30, 34, 38]) {
    const filling: Block = { kind: 'paragraph', text: Array.from({ length: lines }, (_, index) => `line ${index}`).join('\n') };
    const blocks: readonly Block[] = [filling, { kind: 'table', columns: ['Head', ''], rows }];
    const { pages } = await readPdf(
      await renderReport({ language: 'en', title: 'T', subtitle: '', createdAt: AT, sample: false, sources: ['a'], blocks }),
    );
    expect(pages.filter(({ text }) => /Row \d/.test(text))).toHaveLength(1);
  }
});
