/** The assistants that come with the program. */

import { companion } from '#assistants/companion/assistant.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { propertyConcierge } from '#assistants/property-concierge/assistant.ts';
import { sampleListings } from '#assistants/property-concierge/listings/sample/adapter.ts';
import { stockAnalyst } from '#assistants/stock-analyst/assistant.ts';
import { createMarketData } from '#assistants/stock-analyst/market-data/create.ts';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import type { Config } from '../config/config.ts';

/**
 * `now` is the store's clock, in milliseconds since the epoch. `data` is the source of market data,
 * for a process that uses it elsewhere too.
 */
export function programAssistants(
  { marketData }: Pick<Config, 'marketData'>,
  now: () => number,
  data: MarketData = createMarketData(marketData),
): readonly Assistant[] {
  return [companion, propertyConcierge({ listings: sampleListings() }), stockAnalyst({ marketData: data, now })];
}
