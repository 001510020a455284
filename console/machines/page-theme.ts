/** The picture in the colours of the page, which follow light and dark by themselves. */
import type { Theme } from '#machines/drawing/themes.ts';

export const PAGE_THEME: Theme = {
  ground: 'var(--surface)',
  box: ['var(--surface-sunken)', 'var(--surface)'],
  border: 'var(--line-strong)',
  text: 'var(--ink)',
  faint: 'var(--ink-soft)',
  arrow: 'var(--ink-soft)',
  label: 'var(--surface)',
  litBox: 'var(--accent-soft)',
  litBorder: 'var(--accent)',
  litText: 'var(--ink)',
  count: 'var(--accent)',
  countText: 'var(--on-accent)',
  problem: 'var(--bad)',
};
