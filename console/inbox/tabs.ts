/** The lists of the inbox, a tab each. */
export const TABS = ['waiting', 'mine', 'open', 'closed'] as const;
export type Tab = (typeof TABS)[number];
