/**
 * `session@3`, with parallel regions while the session is open, and CLOSED. `session@2` had another
 * table (table-2.ts) and no list of analyses, and `session@1` no memory region either.
 */

import { StateMachine } from 'xstate';
import { analysisRegion } from './analysis.ts';
import { answerRegion } from './answer.ts';
import { initialContext, NO_MEMORY, type SessionContext, type SessionInput } from './context.ts';
import { newFacts } from './handoff.ts';
import { lifecycle, lifecycle2 } from './lifecycle.ts';
import { session } from './media-setup.ts';
import { memoryRegion } from './memory.ts';
import { policyOf } from './policy.ts';

/** The lifecycle comes first, so its actions on an event run before those of the other regions. */
const regions = { lifecycle, answer: answerRegion, analysis: analysisRegion };
const regions2 = { ...regions, lifecycle: lifecycle2 };
const CLOSED = { id: 'CLOSED', type: 'final' } as const;

/**
 * Handled in all versions and in every state. Programs of the previous release restore what these
 * events leave behind, which is an address and a closed session.
 */
const hostEvents = session.createStateConfig({
  on: {
    'statechat.moved': { actions: 'changeAddress' },
    'statechat.superseded': { target: '#CLOSED', actions: ['giveWay', 'reviewDeferred'] },
  },
});

const machine1 = session.createMachine({
  id: 'session',
  context: ({ input }) => initialContext(input),
  initial: 'open',
  states: { open: { ...hostEvents, type: 'parallel', states: regions2 }, CLOSED },
});

const machine2 = session.createMachine({
  id: 'session',
  context: ({ input }) => ({ ...initialContext(input), memory: NO_MEMORY }),
  initial: 'open',
  states: { open: { ...hostEvents, type: 'parallel', states: { ...regions2, memory: memoryRegion } }, CLOSED },
});

function contextOf3(input: SessionInput): SessionContext {
  const context = initialContext(input);
  return { ...context, memory: NO_MEMORY, analyses: [], ...newFacts(input.before, policyOf(context.policy), context.openedAt) };
}

const machine3 = session.createMachine({
  id: 'session',
  context: ({ input }) => contextOf3(input),
  initial: 'open',
  states: { open: { ...hostEvents, type: 'parallel', states: { ...regions, memory: memoryRegion } }, CLOSED },
});

const {
  'message.send': _send,
  'file.send': _sendFile,
  'reaction.send': _react,
  'agents.notify': _notify,
  'media.keep': _keep,
  ...actions
} = machine3.implementations.actions;

/**
 * The effects have a body in setup only because XState takes their types from there. They have none
 * here, so that a host without such an effect refuses the machine instead of doing nothing.
 */
export const sessionMachine: typeof machine3 = new StateMachine(machine3.config, { ...machine3.implementations, actions });

/** The machines by which older sessions are replayed. */
export const sessionMachine2: typeof machine2 = new StateMachine(machine2.config, { ...machine2.implementations, actions });
export const sessionMachine1: typeof machine1 = new StateMachine(machine1.config, { ...machine1.implementations, actions });
