/** The port to market data that analysis sessions search. */
import type { CachedMarketData } from '#assistants/stock-analyst/market-data/cached.ts';

/** The source that the stock analyst uses, with the same cache. */
export type AnalysisData = Pick<CachedMarketData, 'name' | 'capabilities' | 'observed'>;
