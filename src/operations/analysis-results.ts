/** Results of the searches of analysis sessions, and each of them in one line. */
import * as z from 'zod';
import * as records from '#assistants/stock-analyst/market-data/records.ts';

export const SHARE_PARTS = ['company', 'quote', 'quarters', 'peers', 'headlines'] as const;
export const COIN_PARTS = ['coin', 'headlines'] as const;

const headlines = z.array(records.headline).optional().describe('Newest first.');

export const shareResult = z.strictObject({
  symbol: z.string(),
  company: records.company.optional(),
  quote: records.quote.optional(),
  quarters: z.array(records.quarter).optional().describe('Up to eight, oldest first.'),
  peers: z.array(z.string()).optional().describe('Symbols of comparable companies.'),
  headlines,
});
export type ShareResult = z.infer<typeof shareResult>;

export const coinResult = z.strictObject({ symbol: z.string(), coin: records.coin.optional(), headlines });
export type CoinResult = z.infer<typeof coinResult>;

export function shareSummary({ symbol, company, quote, quarters, peers, headlines: news }: ShareResult): string {
  const latest = quarters?.at(-1);
  return line(
    [
      company === undefined ? symbol : `${symbol} ${company.name}`,
      quote && `${quote.price} ${quote.currency} on ${quote.day}`,
      latest && `revenue ${latest.income.revenue} ${latest.currency} in the quarter to ${latest.end}`,
      peers && `${peers.length} peers`,
      news && `${news.length} headlines`,
    ],
    company ?? quote ?? latest ?? news?.[0],
  );
}

export function coinSummary({ symbol, coin, headlines: news }: CoinResult): string {
  return line(
    [
      coin === undefined ? symbol : `${symbol} ${coin.name}`,
      coin && `${coin.price} ${coin.currency} on ${coin.day}`,
      news && `${news.length} headlines`,
    ],
    coin ?? news?.[0],
  );
}

function line(parts: readonly (string | undefined)[], record: { readonly source: records.Source } | undefined): string {
  const facts = parts.filter((part) => part !== undefined).join(', ');
  return record?.source.sample === true ? `${facts} (sample data, invented)` : facts;
}
