/**
 * A conversation with a timer. Every message sets the timer again. After a day without a message,
 * the conversation becomes quiet.
 */
import { assign, emit, setup } from 'xstate';
import type { MachineDefinition } from '#machines/definition.ts';
import { answered, answerTo, type Conversation, history, type Incoming } from '../conversation.ts';

const IDLE_MS = 24 * 3_600_000;

const machine = setup({
  types: { context: {} as Conversation, events: {} as Incoming, emitted: {} as { type: 'reply'; text: string } },
}).createMachine({
  id: 'bench-growth',
  context: () => ({ count: 0, messages: history() }),
  initial: 'active',
  on: {
    message: {
      target: '.active',
      reenter: true,
      actions: [assign(({ context, event }) => answered(context, event)), emit(({ event }) => ({ type: 'reply', text: answerTo(event) }))],
    },
  },
  states: { active: { after: { [IDLE_MS]: 'quiet' } }, quiet: {} },
});

export const growthDefinition: MachineDefinition = {
  id: 'bench-growth',
  version: 1,
  machine,
  describe: (event) => ({ kind: 'customer.message', author: 'customer', text: String(event.text) }),
};
