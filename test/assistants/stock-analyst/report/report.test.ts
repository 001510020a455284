/**
 * PDF, read back (SPEC A7). Its content, its marks on every page, and texts that must not break it.
 */
import { describe, expect, it } from 'vitest';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { roundTicks } from '#assistants/stock-analyst/report/bar-chart.ts';
import { coinReport } from '#assistants/stock-analyst/report/coin-report.ts';
import type { Block, ReportDocument } from '#assistants/stock-analyst/report/document.ts';
import { equityReport } from '#assistants/stock-analyst/report/equity-report.ts';
import { renderReport } from '#assistants/stock-analyst/report/render.ts';
import { REPORT_WORDS } from '#assistants/stock-analyst/report/words.ts';
import { reasonText } from '#assistants/stock-analyst/valuation/reasons.ts';
import { headlineSentiment } from '#assistants/stock-analyst/valuation/sentiment.ts';
import { sampleAnalysis } from './analyses.ts';
import { type ReadPdf, readPdf } from './read-pdf.ts';

const tick = (value: number) => value.toExponential(0);

const AT = Date.parse('2026-11-01T23:30:00Z');

const report = (blocks: readonly Block[], over: Partial<ReportDocument> = {}): ReportDocument => ({
  language: 'en',
  title: 'A report',
  subtitle: 'on something',
  createdAt: AT,
  sample: false,
  sources: ['a test'],
  blocks,
  ...over,
});
const read = async (document: ReportDocument): Promise<ReadPdf> => readPdf(await renderReport(document));
/** Line breaks are where the page ends them. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

/** Nothing may be outside of the margins. */
function expectWithinMargins({ pages }: ReadPdf): void {
  for (const { pieces, width, height } of pages) {
    for (const { text, x, y, width: wide } of pieces) {
      expect.soft(x, text).toBeGreaterThan(50);
      expect.soft(x + wide, text).toBeLessThan(width - 50);
      expect.soft(y, text).toBeGreaterThan(25);
      expect.soft(y, text).toBeLessThan(height - 25);
    }
  }
}

describe('the report on a share', () => {
  it('has title, summary, statements, assumptions, valuation, sensitivity, peers, headlines and disclaimer', async () => {
    const analysis = await sampleAnalysis('AAPL');
    const pdf = await read(equityReport(analysis, AT, 'en'));
    const text = oneLine(pdf.text);
    for (const heading of [
      'Apple Inc.',
      'AAPL on NASDAQ',
      'Executive summary',
      'Quarterly statements',
      'Discounted cash flow',
      'Peers',
      'Headlines',
      'Sources and disclaimer',
    ]) {
      expect(text).toContain(heading);
    }
    for (const paragraph of analysis.summary) expect(text).toContain(paragraph);
    if ('refused' in analysis.valuation) return expect.fail('AAPL of the sample has a valuation');
    const { dcf } = analysis.valuation;
    for (const reason of dcf.assumptions.reasons) expect(text).toContain(oneLine(reasonText(reason)));
    for (const cell of dcf.sensitivity.valuePerShare.flat()) expect(text).toContain(cell?.toFixed(2));
    expect(text).toContain(`Value per share USD ${dcf.bridge.valuePerShare.toFixed(2)}`);
    for (const symbol of ['MSFT', 'GOOGL', 'NVDA']) expect(text).toContain(symbol);
    for (const { title } of analysis.sentiment?.headlines ?? []) expect(text).toContain(title);
    expect(text).toContain(REPORT_WORDS.en.disclaimer);
    expect(text).toContain('Made on 1 November 2026');
    // Two bars a quarter with their legend, and 25 cells.
    expect(pdf.pages.reduce((sum, { shapes }) => sum + shapes, 0)).toBeGreaterThanOrEqual(16 + 2 + 25);
    expectWithinMargins(pdf);
  });

  it('numbers its pages and says on each that the data is a sample', async () => {
    const { pages, text } = await read(equityReport(await sampleAnalysis('MSFT'), AT, 'en'));
    expect(pages.length).toBeGreaterThan(1);
    pages.forEach((page, index) => {
      expect(page.text).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(page.text).toContain('SAMPLE DATA – INVENTED VALUES');
    });
    expect(oneLine(text)).toContain('every figure in this report is invented');
  });

  it('says nothing of a sample when the data is none', async () => {
    const analysis = await sampleAnalysis('KO');
    const source = { name: 'Some provider', sample: false };
    const real = {
      ...analysis,
      company: { ...analysis.company, source },
      quote: { ...analysis.quote, source },
      quarters: analysis.quarters.map((quarter) => ({ ...quarter, source })),
      sentiment: null,
    };
    const { text } = await read(equityReport(real, AT, 'en'));
    expect(text).not.toMatch(/SAMPLE DATA|invented/i);
    expect(text).toContain('Data: Some provider.');
    // One sample record among real ones is enough.
    expect(equityReport({ ...real, quote: analysis.quote }, AT, 'en').sample).toBe(true);
  });

  it('says why there is no valuation, and does without peers', async () => {
    const { text } = await read(
      equityReport(await sampleAnalysis('KO', { valuation: { refused: 'it lost money.' }, peers: null, sentiment: null }), AT, 'en'),
    );
    expect(text).toContain('There is no valuation: it lost money.');
    expect(text).not.toMatch(/Peers|Headlines|Value per share/);
  });
});

describe('the report on a coin', () => {
  it('has facts, no fair value, and the reason', async () => {
    const data = sampleMarketData();
    const coin = await data.coin('BTC');
    const sentiment = headlineSentiment(await data.headlines('BTC', 'crypto'));
    const text = oneLine((await read(coinReport({ coin, summary: ['A summary.'], sentiment }, AT, 'en'))).text);
    expect(text).toContain('Maximum supply 21.0M');
    expect(text).toContain('Issued so far 93.8 %');
    expect(text).toContain('so no fair value is given');
    expect(text).toContain('SAMPLE DATA');
    expect(oneLine((await read(coinReport({ coin: await data.coin('ETH'), summary: [], sentiment: null }, AT, 'en'))).text)).toContain(
      'Maximum supply no limit known',
    );
  });
});

describe('the file', () => {
  it('is the same, byte for byte, for the same report, and dated by it', async () => {
    const document = equityReport(await sampleAnalysis('ETEL'), AT, 'en');
    const bytes = await renderReport(document);
    expect(Buffer.from(await renderReport(document)).equals(Buffer.from(bytes))).toBe(true);
    expect((await readPdf(bytes)).info).toMatchObject({
      Title: expect.stringContaining('Telecom Egypt'),
      CreationDate: expect.stringMatching(/^D:20261101233000/),
    });
    const later = await renderReport({ ...document, createdAt: AT + 86_400_000 });
    expect(Buffer.from(later).equals(Buffer.from(bytes))).toBe(false);
  });

  it('carries its fonts, so that it looks the same everywhere', async () => {
    const raw = Buffer.from(await renderReport(report([{ kind: 'paragraph', text: 'Latin, Ελληνικά, Кириллица, عربي' }]))).toString(
      'latin1',
    );
    expect(raw.match(/\/FontFile2/g)?.length).toBeGreaterThanOrEqual(4);
    expect(raw).not.toMatch(/\/BaseFont \/(Helvetica|Times)/);
  });
});

describe('text', () => {
  it('in Arabic is joined, runs from the right, and can be read back', async () => {
    const { pages } = await read(report([{ kind: 'paragraph', text: 'نمت قوية بنسبة ٣٧٠ في السنة' }], { title: 'شركة مصرية' }));
    const [page] = pages;
    expect(page?.text).toContain('شركة مصرية');
    expect(page?.text).toContain('نمت');
    expect(page?.text).toContain('بنسبة');
    expect(page?.text).toContain('٣٧٠');
    const at = (word: string) => page?.pieces.find(({ text }) => text.normalize('NFKC').includes(word))?.x ?? Number.NaN;
    expect(at('شركة')).toBeGreaterThan(300);
  });

  it('of any length goes on over pages, with no word lost', async () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `word${index}`);
    const pdf = await read(report([{ kind: 'paragraph', text: words.join(' ') }]));
    expect(pdf.pages.length).toBeGreaterThan(3);
    const found = new Set(pdf.text.match(/word\d+/g));
    expect(words.filter((word) => !found.has(word))).toEqual([]);
    expectWithinMargins(pdf);
  });

  it('without spaces is broken where it must', async () => {
    const pdf = await read(
      report(
        [
          { kind: 'paragraph', text: 'x'.repeat(2_000) },
          { kind: 'list', items: ['ع'.repeat(300)] },
        ],
        { title: 'T'.repeat(300) },
      ),
    );
    expect(pdf.text.match(/x/g)?.length).toBeGreaterThanOrEqual(2_000);
    expectWithinMargins(pdf);
  });

  it('that no font has, that steers, or that is empty breaks nothing', async () => {
    const odd = [
      '',
      '   ',
      '\u0000\u0007\u202E\u2066',
      '😀 漢字 हिन्दी',
      '\uD800',
      'a\tb\r\nc',
      'e\u0301\u0301',
      '\u200D\u200C',
      '(نص) [abc] {٣}',
    ];
    const pdf = await read(
      report(
        [
          { kind: 'list', items: odd },
          { kind: 'table', columns: ['', 'A'], rows: odd.map((text) => [text, text]) },
        ],
        { title: 'Half \ud83d' },
      ),
    );
    expect(pdf.text).toContain('\uFFFD');
    expect(pdf.text).toContain('[abc]');
    expect(pdf.info.Title).toBe('Half  ');
    expectWithinMargins(pdf);
  });

  it('in tables wraps, and the head stands on every page again', async () => {
    const rows = Array.from({ length: 80 }, (_, index) => [`Row ${index} ${'with a long name '.repeat(6)}`, String(index)]);
    const pdf = await read(report([{ kind: 'table', columns: ['The name', 'The figure'], rows }]));
    expect(pdf.pages.length).toBeGreaterThan(2);
    for (const page of pdf.pages.slice(0, -1)) expect(page.text).toContain('The figure');
    for (let index = 0; index < 80; index += 1) expect(pdf.text).toContain(`Row ${index} `);
    expectWithinMargins(pdf);
  });
});

describe('a heading', () => {
  it.each([20, 22, 24, 26, 28, 30, 32, 34, 36])('stays with what it is of, after %i lines', async (lines) => {
    const chart: Block = { kind: 'bars', title: 'The chart', series: ['One'], groups: [{ label: 'Q', values: [1] }], format: tick };
    const table: Block = { kind: 'table', columns: ['The table'], rows: [['cell']] };
    for (const block of [chart, table]) {
      const filling: Block = { kind: 'paragraph', text: Array.from({ length: lines }, (_, index) => `line ${index}`).join('\n') };
      const { pages } = await read(report([filling, { kind: 'heading', text: 'The heading' }, block]));
      const page = pages.find(({ text }) => text.includes('The heading'));
      expect(page?.text).toMatch(/The (chart|table)/);
    }
  });
});

describe('charts', () => {
  const bars = (values: readonly number[]): Block => ({
    kind: 'bars',
    title: 'Bars',
    series: ['Only'],
    groups: values.map((value, index) => ({ label: `Q${index}`, values: [value] })),
    format: tick,
  });

  it.each([[[1, 2, 3]], [[-5, 5]], [[0, 0]], [[]], [[-3, -1]], [[1e15, 1]]])(
    'bars of %j are drawn with round ticks around them',
    async (values) => {
      const ticks = roundTicks(values);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThan(12);
      expect(ticks.at(0)).toBeLessThanOrEqual(Math.min(0, ...values));
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(0, ...values));
      const pdf = await read(report([bars(values)]));
      for (const value of ticks) expect(pdf.text).toContain(tick(value));
      expectWithinMargins(pdf);
    },
  );

  it('a heat table has a dash where there is no value', async () => {
    const block: Block = {
      kind: 'heat',
      title: 'Heat',
      rowTitle: 'Rate',
      columnTitle: 'Growth',
      rows: ['1 %'],
      columns: ['2 %', '3 %'],
      cells: [[7.25, null]],
      middle: 7,
      format: String,
    };
    const pdf = await read(report([block]));
    expect(oneLine(pdf.text)).toMatch(/7\.25.*–/);
    expect(pdf.pages[0]?.shapes).toBe(2);
  });
});
