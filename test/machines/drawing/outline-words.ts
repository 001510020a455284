/** Words of an outline that tests can tell apart. */
import type { OutlineWords } from '#machines/drawing/outline.ts';

export const OUTLINE_WORDS: OutlineWords = {
  kinds: { atomic: 'atomic', compound: 'compound', parallel: 'parallel', final: 'final', history: 'history' },
  initial: 'initial',
  active: 'active',
  entry: 'entry',
  exit: 'exit',
  initially: 'initially',
  stays: 'stays',
  again: 'again',
  to: (states) => `to ${states}`,
  sessions: (count) => `${count} sessions`,
};
