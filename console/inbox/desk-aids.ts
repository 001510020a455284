/**
 * What helps an agent beside the transcript, which are drafts of replies, briefs, and facts for the
 * panel.
 */
import type { AssistApi } from './assist-api.ts';
import { Briefs } from './briefs.ts';
import type { InsightApi } from './insight-api.ts';
import { Suggestion, type SuggestionParts } from './suggestion.ts';

export interface DeskAids {
  readonly suggestion: Suggestion;
  readonly briefs: Briefs;
  readonly insight: InsightApi;
}

/** Over what stands in the composer. */
export type OpenDeskAids = (composer: Pick<SuggestionParts, 'replyOf' | 'setReply'>) => DeskAids;

/** @param language of the agent, BCP 47. */
export function deskAids(assist: AssistApi, insight: InsightApi, language: string): OpenDeskAids {
  return (composer) => ({ suggestion: new Suggestion({ api: assist, ...composer }), briefs: new Briefs(assist, language), insight });
}
