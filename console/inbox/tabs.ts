/** The lists of the inbox, a tab each. */
export const TABS = ['waiting', 'mine', 'snoozed', 'open', 'closed'] as const;
export type Tab = (typeof TABS)[number];

/** Those that the server lists. The snoozed ones are among the agent's own. */
export const FOLLOWED_TABS = ['waiting', 'mine', 'open', 'closed'] as const satisfies readonly Tab[];
export type FollowedTab = (typeof FOLLOWED_TABS)[number];

/** The list of the server that a tab shows, or shows a part of. */
export function followedTab(tab: Tab): FollowedTab {
  return tab === 'snoozed' ? 'mine' : tab;
}
