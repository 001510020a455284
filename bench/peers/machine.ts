/**
 * The conversation as an XState machine for those peers that store a snapshot. It is the machine of
 * `../conversation.ts` on the XState that is installed here.
 */
import { assign, createActor, emit, setup } from 'xstate';
import { answered, answerTo, type Conversation, history, type Incoming } from '../conversation.ts';

export const conversationMachine = setup({
  types: { context: {} as Conversation, events: {} as Incoming, emitted: {} as { type: 'reply'; text: string } },
}).createMachine({
  id: 'bench-conversation',
  context: () => ({ count: 0, messages: history() }),
  initial: 'active',
  states: {
    active: {
      on: {
        message: {
          actions: [
            assign(({ context, event }) => answered(context, event)),
            emit(({ event }) => ({ type: 'reply', text: answerTo(event) })),
          ],
        },
      },
    },
  },
});

type StoredSnapshot = Parameters<typeof conversationMachine.restoreSnapshot>[0];

export function firstSnapshot(): string {
  return JSON.stringify(createActor(conversationMachine).start().getPersistedSnapshot());
}

/** One turn as people write it by hand, which restores, sends and persists. */
export function step(stored: StoredSnapshot, event: Incoming): { readonly snapshot: string; readonly reply: string } {
  let reply: string | undefined;
  const actor = createActor(conversationMachine, { snapshot: stored });
  actor.on('reply', ({ text }) => {
    reply = text;
  });
  actor.start();
  actor.send(event);
  const snapshot = JSON.stringify(actor.getPersistedSnapshot());
  actor.stop();
  if (reply === undefined) throw new Error('the machine gave no answer');
  return { snapshot, reply };
}
