/** From what a customer writes to a workflow and its parameters (SPEC C9, A7). */
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { policyOf } from '#machines/session/policy.ts';
import { analyst, asked } from './analyst.ts';

describe('/analyze', () => {
  it.each([
    ['AAPL', { type: 'equity', symbol: 'AAPL' }],
    [' aapl ', { type: 'equity', symbol: 'AAPL' }],
    ['$MSFT', { type: 'equity', symbol: 'MSFT' }],
    ['BTC', { type: 'crypto', symbol: 'BTC' }],
    ['eth-usd', { type: 'crypto', symbol: 'ETH' }],
    ['AAPL AAPL', { type: 'equity', symbol: 'AAPL' }],
    ['AAPL MSFT', { type: 'comparative', symbols: ['AAPL', 'MSFT'] }],
    ['aapl, msft and btc', { type: 'comparative', symbols: ['AAPL', 'MSFT', 'BTC'] }],
    ['AAPL vs. MSFT', { type: 'comparative', symbols: ['AAPL', 'MSFT'] }],
    ['AAPL مقابل MSFT', { type: 'comparative', symbols: ['AAPL', 'MSFT'] }],
    ['macro', { type: 'macro' }],
    ['السوق', { type: 'macro' }],
  ])('%s', (args, expected) => {
    expect(asked('analyze', args)).toEqual({ workflow: 'full_analysis', params: { ...expected, locale: 'en' } });
  });

  const forty = [
    { symbol: 'AAPL', weight: 40 },
    { symbol: 'MSFT', weight: 60 },
  ];
  it.each([
    ['portfolio AAPL 40, MSFT 60', forty],
    ['Portfolio: AAPL 40 % MSFT 60 %', forty],
    ['AAPL 40, MSFT 60', forty],
    ['AAPL=40 MSFT=60', forty],
    ['40% AAPL, 60% MSFT', forty],
    ['محفظة AAPL ٤٠٪، MSFT ٦٠٪', forty],
    [
      'portfolio AAPL 0.4; BTC 0.6',
      [
        { symbol: 'AAPL', weight: 0.4 },
        { symbol: 'BTC', weight: 0.6 },
      ],
    ],
    [
      'portfolio AAPL MSFT',
      [
        { symbol: 'AAPL', weight: 1 },
        { symbol: 'MSFT', weight: 1 },
      ],
    ],
    ['portfolio AAPL', [{ symbol: 'AAPL', weight: 1 }]],
  ])('%s is a portfolio', (args, holdings) => {
    expect(asked('analyze', args).params).toEqual({ type: 'portfolio', holdings, locale: 'en' });
  });

  it.each([
    ['', 'Which company? For example /analyze AAPL'],
    ['ZZZZ', 'I have no data about ZZZZ. This is the bundled sample, which has AAPL, MSFT,'],
    ['AAPL ZZZZ', 'I have no data about ZZZZ'],
    ['what about apple?', 'is not a ticker symbol'],
    ['AAPL1', 'I have no data about AAPL1'],
    ['portfolio AAPL, MSFT 60', 'Which holdings'],
    ['portfolio', 'Which holdings, and how much of each?'],
    ['portfolio AAPL 0, MSFT 0', 'Which holdings'],
    ['AAPL MSFT GOOGL NVDA KO ETEL', 'at most 5'],
  ])('%s is told how to write it', (args, words) => {
    expect(() => asked('analyze', args)).toThrow(InvalidInput);
    expect(() => asked('analyze', args)).toThrow(words);
  });

  it('tells it in Arabic to whoever writes Arabic', () => {
    expect(() => asked('analyze', '', 'ar')).toThrow('أي شركة؟');
    expect(() => asked('analyze', 'ZZZZ', 'ar-EG')).toThrow('لا توجد لدي بيانات عن ZZZZ');
  });
});

describe('the smaller commands', () => {
  it('take one symbol, and say so', () => {
    expect(asked('sentiment', 'btc')).toEqual({ workflow: 'sentiment', params: { symbol: 'BTC', locale: 'en' } });
    expect(asked('dcf', 'AAPL', 'ar')).toEqual({ workflow: 'dcf_valuation', params: { symbol: 'AAPL', locale: 'ar' } });
    expect(() => asked('sentiment', '')).toThrow('For example /sentiment AAPL');
    expect(() => asked('dcf', 'AAPL MSFT')).toThrow('One at a time, please: /dcf AAPL');
    expect(() => asked('dcf', 'BTC')).toThrow('no discounted cash flow');
  });

  it('peers are found for one share, and named for others', () => {
    expect(asked('peers', 'AAPL')).toEqual({ workflow: 'peer_comparison', params: { symbols: ['AAPL'], locale: 'en' } });
    expect(asked('peers', 'AAPL KO').params).toEqual({ symbols: ['AAPL', 'KO'], locale: 'en' });
    expect(() => asked('peers', 'BTC')).toThrow('Name them: /peers BTC');
  });
});

describe('the assistant', () => {
  const policy = policyOf(analyst.policy);

  it('makes analyses, by its commands and by bare symbols', () => {
    expect(policy.analyses).toBe(true);
    expect(policy.analysisCommands).toEqual(['analyze', 'sentiment', 'dcf', 'peers']);
    const subject = new RegExp(`^(?:${policy.subjectPattern})$`, 'u');
    for (const text of ['AAPL', 'F', 'BTC', 'GOOGL']) expect(subject.test(text), text).toBe(true);
    for (const text of ['aapl', 'OK', 'HI', 'YES', 'AAPLES', 'A1', 'what?']) expect(subject.test(text), text).toBe(false);
  });

  it.each(['en', 'ar'])('names every command in its help (%s)', (language) => {
    for (const command of ['start', 'help', 'analyze', 'sentiment', 'dcf', 'peers', 'status', 'stop', 'reset', 'agent']) {
      expect(policy.texts[language]?.help).toContain(`/${command}`);
    }
    expect(policy.texts[language]?.confirmAnalysis).toContain('{subject}');
  });
});
