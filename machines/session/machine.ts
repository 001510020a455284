/** `session@1`: three regions side by side while the session is open, and CLOSED. */

import { StateMachine } from 'xstate';
import { analysisRegion } from './analysis.ts';
import { answerRegion } from './answer.ts';
import { initialContext } from './context.ts';
import { lifecycle } from './lifecycle.ts';
import { session } from './setup.ts';

const machine = session.createMachine({
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

const { 'message.send': _send, 'agents.notify': _notify, ...actions } = machine.implementations.actions;

/**
 * The effects have a body in setup only because XState takes their types from there. Without one here, a host that has
 * no such effect must refuse the machine rather than do nothing.
 */
export const sessionMachine: typeof machine = new StateMachine(machine.config, { ...machine.implementations, actions });
