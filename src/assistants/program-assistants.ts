/** The assistants that come with the program. */

import { companion } from '#assistants/companion/assistant.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { propertyConcierge } from '#assistants/property-concierge/assistant.ts';
import { sampleListings } from '#assistants/property-concierge/listings/sample/adapter.ts';
import { stockAnalyst } from '#assistants/stock-analyst/assistant.ts';
import { createMarketData } from '#assistants/stock-analyst/market-data/create.ts';
import type { Config } from '../config/config.ts';

/** `now` is the store's clock, in milliseconds since the epoch. */
export function programAssistants({ marketData }: Pick<Config, 'marketData'>, now: () => number): readonly Assistant[] {
  return [companion, propertyConcierge({ listings: sampleListings() }), stockAnalyst({ marketData: createMarketData(marketData), now })];
}
