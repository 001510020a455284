/** From what a customer writes to a workflow and its parameters (SPEC C9, A7). */
import { describe, expect, it } from 'vitest';
import { subjectPattern } from '#assistants/stock-analyst/commands/subject-pattern.ts';
import { InvalidInput } from '#machines/errors.ts';
import { subjectNamed } from '#machines/session/changes.ts';
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
    ['macro?', { type: 'macro' }],
    ['AAPL?', { type: 'equity', symbol: 'AAPL' }],
    ['aapl.', { type: 'equity', symbol: 'AAPL' }],
    ['“AAPL”', { type: 'equity', symbol: 'AAPL' }],
    ['(aapl)!', { type: 'equity', symbol: 'AAPL' }],
    ['ＡＡＰＬ？', { type: 'equity', symbol: 'AAPL' }],
    ['NASDAQ: AAPL', { type: 'equity', symbol: 'AAPL' }],
    ['what about apple?', { type: 'equity', symbol: 'AAPL' }],
    ['price of apple stock?', { type: 'equity', symbol: 'AAPL' }],
    ["Apple's share price today", { type: 'equity', symbol: 'AAPL' }],
    ['ANALYSE APPLE PLEASE', { type: 'equity', symbol: 'AAPL' }],
    ['Coca-Cola', { type: 'equity', symbol: 'KO' }],
    ['bitcoin please', { type: 'crypto', symbol: 'BTC' }],
    ['BTC/USD', { type: 'crypto', symbol: 'BTC' }],
    ['حلل سهم أبل من فضلك', { type: 'equity', symbol: 'AAPL' }],
    ['كم سعر سهم آبل؟', { type: 'equity', symbol: 'AAPL' }],
    ['المصرية للاتصالات', { type: 'equity', symbol: 'ETEL' }],
    ['AAPL/MSFT', { type: 'comparative', symbols: ['AAPL', 'MSFT'] }],
    ['compare Apple & Microsoft', { type: 'comparative', symbols: ['AAPL', 'MSFT'] }],
    ['coca cola vs apple', { type: 'comparative', symbols: ['KO', 'AAPL'] }],
    ['قارن بين أبل ومايكروسوفت', { type: 'comparative', symbols: ['AAPL', 'MSFT'] }],
  ])('%s', (args, expected) => {
    const { next: _next, ...analysis } = asked('analyze', args);
    expect(analysis).toEqual({ workflow: 'full_analysis', params: { ...expected, locale: 'en' } });
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
    ['portfolio: “aapl” 40, ＭＳＦＴ 60', forty],
    ['portfolio apple 40, microsoft 60', forty],
    ['محفظة أبل ٤٠، مايكروسوفت ٦٠', forty],
    ['AAPL 40, MSFT 60.', forty],
    [
      'portfolio apple and microsoft',
      [
        { symbol: 'AAPL', weight: 1 },
        { symbol: 'MSFT', weight: 1 },
      ],
    ],
  ])('%s is a portfolio', (args, holdings) => {
    expect(asked('analyze', args).params).toEqual({ type: 'portfolio', holdings, locale: 'en' });
  });

  it.each([
    ['', 'Which company? For example /analyze AAPL'],
    ['ZZZZ', 'I have no data about ZZZZ. This is the bundled sample, which has AAPL, MSFT,'],
    ['AAPL ZZZZ', 'I have no data about ZZZZ'],
    ['what about my grandmother?', '“grandmother” is not a ticker symbol or a name that I know'],
    ['what?', '“what” is not a ticker symbol'],
    ['what about appel?', 'I have no data about APPEL. This is the bundled sample, which has AAPL'],
    ['analyse Tesla please', 'I have no data about TSLA'],
    ['M&M.NS', 'I have no data about M&M.NS'],
    ['RDS/A', 'I have no data about RDS.A'],
    ['^GSPC', '^GSPC is an index. I analyse shares and crypto assets. /analyze macro'],
    ['EURUSD=X', 'EURUSD=X is an exchange rate'],
    ['gc=f', 'GC=F is a future'],
    ['toyota', 'toyota is listed as TM and 7203.T. Which one?'],
    ['AAPL and zzzz', 'I have no data about ZZZZ'],
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
    expect(() => asked('analyze', 'حلل سهم تسلا', 'ar')).toThrow('لا توجد لدي بيانات عن TSLA');
    expect(() => asked('analyze', '^GSPC', 'ar')).toThrow('مؤشر');
    expect(() => asked('analyze', 'تويوتا', 'ar')).toThrow('أيها تقصد؟');
  });
});

describe('the smaller commands', () => {
  it('take one symbol, and say so', () => {
    expect(asked('sentiment', 'btc')).toMatchObject({ workflow: 'sentiment', params: { symbol: 'BTC', locale: 'en' } });
    expect(asked('dcf', 'AAPL', 'ar')).toMatchObject({ workflow: 'dcf_valuation', params: { symbol: 'AAPL', locale: 'ar' } });
    expect(() => asked('sentiment', '')).toThrow('For example /sentiment AAPL');
    expect(() => asked('dcf', 'AAPL MSFT')).toThrow('One at a time, please: /dcf AAPL');
    expect(() => asked('dcf', 'BTC')).toThrow('no discounted cash flow');
  });

  it('peers are found for one share, and named for others', () => {
    expect(asked('peers', 'AAPL')).toMatchObject({ workflow: 'peer_comparison', params: { symbols: ['AAPL'], locale: 'en' } });
    expect(asked('peers', 'AAPL KO').params).toEqual({ symbols: ['AAPL', 'KO'], locale: 'en' });
    expect(() => asked('peers', 'BTC')).toThrow('Name them: /peers BTC');
  });
});

describe('the assistant', () => {
  const policy = policyOf(analyst.policy);

  it('knows the symbols of known companies in small letters where the source cannot list', () => {
    const pattern = subjectPattern({ capabilities: { peers: false, coinSupply: false, listing: null } });
    const subjects = { 'aapl.': 'aapl', 'msft?': 'msft', 'price of nvda': 'nvda', 'brk.b': 'brk.b', 'btc-usd': 'btc-usd' };
    expect(Object.fromEntries(Object.keys(subjects).map((text) => [text, subjectNamed(pattern, text)]))).toEqual(subjects);
    for (const text of ['ma', 'dis', 'ba?', 'hello', 'a', 'what']) expect(subjectNamed(pattern, text), text).toBeUndefined();
  });

  it('makes analyses, by its commands and by bare symbols', () => {
    expect(policy.analyses).toBe(true);
    expect(policy.analysisCommands).toEqual(['analyze', 'sentiment', 'dcf', 'peers']);
    const subject = (text: string) => subjectNamed(policy.subjectPattern ?? '', text);
    const subjects = {
      AAPL: 'AAPL',
      F: 'F',
      BTC: 'BTC',
      GOOGL: 'GOOGL',
      'AAPL?': 'AAPL',
      'aapl.': 'aapl',
      '"AAPL"': 'AAPL',
      ＡＡＰＬ: 'AAPL',
      'M&M.NS': 'M&M.NS',
      'RDS/A': 'RDS/A',
      '^GSPC': '^GSPC',
      'EURUSD=X': 'EURUSD=X',
      '2222.SR': '2222.SR',
      'tesla?': 'tesla',
      'AAPL please': 'AAPL',
      'analyse Tesla please': 'Tesla',
      'Analyze Coca Cola.': 'Coca Cola',
      'price of apple stock?': 'apple',
      'حلل سهم تسلا من فضلك': 'تسلا',
      'سعر سهم أبل؟': 'أبل',
    };
    expect(Object.fromEntries(Object.keys(subjects).map((text) => [text, subject(text)]))).toEqual(subjects);
    for (const text of [
      'OK',
      'HI!',
      'YES',
      'AAPLES',
      'A1',
      'what?',
      'N/A',
      'hello',
      'analyse the risks',
      'analyse it',
      'aapl is dear',
      'حلل المخاطر',
    ])
      expect(subject(text), text).toBeUndefined();
  });

  it('reads what its pattern lets through, or says what is known', () => {
    for (const text of ['Tesla', '^GSPC', 'EURUSD=X', 'M&M.NS', 'RDS/A', 'BTC-USD', 'تسلا', 'Coca Cola']) {
      try {
        expect(asked('analyze', text).params).toMatchObject({ locale: 'en' });
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        expect(String(error)).toMatch(/have no data about|is an index|is an exchange rate/);
      }
    }
  });

  it.each(['en', 'ar'])('names every command in its help (%s)', (language) => {
    for (const command of ['start', 'help', 'analyze', 'sentiment', 'dcf', 'peers', 'status', 'stop', 'reset', 'agent']) {
      expect(policy.texts[language]?.help).toContain(`/${command}`);
    }
    expect(policy.texts[language]?.confirmAnalysis).toContain('{subject}');
  });
});
