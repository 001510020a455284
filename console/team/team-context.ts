/** Context for the team's pages. */
import { createContext, useContext } from 'react';
import type { Formats } from '../chat/format.ts';
import type { ChatLanguage } from '../chat/strings.ts';
import type { SignedInAgent } from '../inbox/auth-api.ts';
import type { Strings } from '../inbox/strings.ts';
import type { ChannelsApi } from './channels-api.ts';
import type { TeamStrings } from './strings.ts';
import type { TeamApi } from './team-api.ts';
import type { TokensApi } from './tokens-api.ts';
import type { WebhooksApi } from './webhooks-api.ts';

export interface TeamContextValue {
  readonly agent: SignedInAgent;
  readonly api: TeamApi;
  readonly channels: ChannelsApi;
  readonly tokens: TokensApi;
  readonly webhooks: WebhooksApi;
  readonly words: TeamStrings;
  readonly language: ChatLanguage;
  /** The console's own words. */
  readonly strings: Strings;
  readonly formats: Formats;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const TeamContext = createContext<TeamContextValue | null>(null);

export function useTeam(): TeamContextValue {
  const page = useContext(TeamContext);
  if (page === null) throw new Error('useTeam needs a TeamContext above it');
  return page;
}
