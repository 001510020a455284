/** `session@1`: three regions side by side while the session is open, and CLOSED. */

import { analysisRegion } from './analysis.ts';
import { answerRegion } from './answer.ts';
import { initialContext } from './context.ts';
import { lifecycle } from './lifecycle.ts';
import { session } from './setup.ts';

export const sessionMachine = session.createMachine({
  id: 'session',
  context: ({ input }) => initialContext(input),
  initial: 'open',
  states: {
    open: {
      type: 'parallel',
      // The lifecycle comes first: its actions on an event are taken before those of the other regions.
      states: { lifecycle, answer: answerRegion, analysis: analysisRegion },
    },
    CLOSED: { id: 'CLOSED', type: 'final' },
  },
});
