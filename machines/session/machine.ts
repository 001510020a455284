/**
 * `session@2`, with parallel regions while the session is open, and CLOSED. `session@1` had no
 * memory region, and no way back for a customer who waits for a human.
 */

import { StateMachine } from 'xstate';
import { analysisRegion } from './analysis.ts';
import { answerRegion } from './answer.ts';
import { initialContext, NO_MEMORY } from './context.ts';
import { lifecycle, lifecycle1 } from './lifecycle.ts';
import { memoryRegion } from './memory.ts';
import { session } from './setup.ts';

/** The lifecycle comes first, so its actions on an event run before those of the other regions. */
const regions = { lifecycle, answer: answerRegion, analysis: analysisRegion };
const CLOSED = { id: 'CLOSED', type: 'final' } as const;

/**
 * Handled in both versions and in every state. Programs of the previous release restore what these
 * events leave behind, which is an address and a closed session.
 */
const hostEvents = session.createStateConfig({
  on: {
    'statechat.moved': { actions: 'changeAddress' },
    'statechat.superseded': { target: '#CLOSED', actions: 'giveWay' },
  },
});

const machine1 = session.createMachine({
  id: 'session',
  context: ({ input }) => initialContext(input),
  initial: 'open',
  states: { open: { ...hostEvents, type: 'parallel', states: { ...regions, lifecycle: lifecycle1 } }, CLOSED },
});

const machine2 = session.createMachine({
  id: 'session',
  context: ({ input }) => ({ ...initialContext(input), memory: NO_MEMORY }),
  initial: 'open',
  states: { open: { ...hostEvents, type: 'parallel', states: { ...regions, memory: memoryRegion } }, CLOSED },
});

const { 'message.send': _send, 'file.send': _sendFile, 'agents.notify': _notify, ...actions } = machine2.implementations.actions;

/**
 * The effects have a body in setup only because XState takes their types from there. They have none
 * here, so that a host without such an effect refuses the machine instead of doing nothing.
 */
export const sessionMachine: typeof machine2 = new StateMachine(machine2.config, { ...machine2.implementations, actions });

/** The machine by which older sessions are replayed. */
export const sessionMachine1: typeof machine1 = new StateMachine(machine1.config, { ...machine1.implementations, actions });
