/** What the console is built of. */
import type { Formats } from '../chat/format.ts';
import type { ChatLanguage } from '../chat/strings.ts';
import type { ChannelsApi } from '../team/channels-api.ts';
import type { TeamApi } from '../team/team-api.ts';
import type { TokensApi } from '../team/tokens-api.ts';
import type { View } from '../team/views.ts';
import type { WebhooksApi } from '../team/webhooks-api.ts';
import type { Account } from './account.ts';
import type { AgentTools } from './agent-tools.ts';
import type { SignedInAgent } from './auth-api.ts';
import type { Desk } from './desk.ts';
import type { PreferenceStore } from './preferences.ts';
import type { Strings } from './strings.ts';

/** What the page needs of the browser. */
export interface Browser {
  openDesk(agent: SignedInAgent): { readonly desk: Desk; readonly tools: AgentTools; close(): void };
  showInAddress(sessionId: string | undefined): void;
  readonly team: TeamApi;
  readonly channels: ChannelsApi;
  readonly tokens: TokensApi;
  readonly webhooks: WebhooksApi;
  /** The team's page that the address names. Undefined for the conversations. */
  readonly view: { subscribe(listener: () => void): () => void; snapshot(): View | undefined };
  /** Leads to a page of the team, to a conversation, or back to all of them. */
  show(what: { readonly view: View | undefined } | { readonly sessionId: string }): void;
  /** Resolves to whether the agent allows them. */
  askForNotifications(): Promise<boolean>;
}

export interface AppProps {
  readonly account: Account;
  readonly browser: Browser;
  readonly preferences: PreferenceStore;
  readonly language: ChatLanguage;
  readonly strings: Strings;
  readonly formats: Formats;
  readonly now: () => number;
}
