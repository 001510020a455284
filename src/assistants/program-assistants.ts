/** The assistants that come with the program. */
import type { Config } from '../config/config.ts';
import { companion } from './companion.ts';
import type { Assistant } from './define-assistant.ts';
import { stockAnalyst } from './stock-analyst/assistant.ts';
import { createMarketData } from './stock-analyst/market-data/create.ts';

/** `now`: the store's clock, in milliseconds since the epoch. */
export function programAssistants({ marketData }: Pick<Config, 'marketData'>, now: () => number): readonly Assistant[] {
  return [companion, stockAnalyst({ marketData: createMarketData(marketData), now })];
}
