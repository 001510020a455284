/** All tools of the stock analyst, by what they are for. */
import type { Tool } from '../../index.ts';
import { companyDataTool } from './company-data.ts';
import { dcfTool } from './dcf.ts';
import { marketOverviewTool } from './market-overview.ts';
import { newsTool } from './news.ts';
import { peersTool } from './peers.ts';
import { portfolioTool } from './portfolio.ts';
import { reportTool } from './report.ts';
import type { StockToolParts } from './source.ts';

export interface StockTools {
  readonly companyData: Tool;
  readonly dcf: Tool;
  readonly news: Tool;
  readonly peers: Tool;
  readonly portfolio: Tool;
  readonly marketOverview: Tool;
  readonly report: Tool;
}

export function stockTools(parts: StockToolParts): StockTools {
  return {
    companyData: companyDataTool(parts),
    dcf: dcfTool(parts),
    news: newsTool(parts),
    peers: peersTool(parts),
    portfolio: portfolioTool(parts),
    marketOverview: marketOverviewTool(parts),
    report: reportTool(parts),
  };
}
