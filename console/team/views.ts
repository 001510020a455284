/** The team's pages, each at `/console#view=…`. */
export const VIEWS = ['floor', 'team', 'channels', 'tokens', 'webhooks', 'account'] as const;
export type View = (typeof VIEWS)[number];
/** Pages of what programs and channels may do. */
export const ADMIN_VIEWS: readonly View[] = ['channels', 'tokens', 'webhooks'];

/** Undefined for the conversations. */
export function viewIn(hash: string): View | undefined {
  const given = new URLSearchParams(hash.replace(/^#/, '')).get('view');
  return VIEWS.find((view) => view === given);
}
