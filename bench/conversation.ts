/**
 * The machine that all contestants run. It keeps the last 20 messages (about 2 KB of snapshot),
 * counts, and answers each message. The answer is an emitted event, or the action `message.send`.
 */
import { assign, emit, setup } from 'xstate';
import * as z from 'zod';
import type { MachineDefinition } from '#machines/definition.ts';
import type { Answers } from './options.ts';

export interface Message {
  readonly role: 'customer' | 'assistant';
  readonly text: string;
  readonly at: number;
}

export interface Conversation {
  readonly count: number;
  readonly messages: readonly Message[];
}

export type Incoming = { readonly type: 'message'; readonly text: string; readonly at: number };

export const WINDOW = 20;

/** What `message.send` is given. */
export const replySchema = z.object({ text: z.string() });

export function incoming(conversation: number, at: number): Incoming {
  return { type: 'message', text: `Is flat ${conversation} still free on Sunday?`, at };
}

export function answerTo({ text }: Incoming): string {
  return `You asked: ${text} It is.`;
}

/** Conversations are measured with a full window of messages. */
export function history(): Message[] {
  return Array.from({ length: WINDOW }, (_, index) => ({
    role: index % 2 === 0 ? 'customer' : 'assistant',
    text: `Message ${index} of what was said before.`,
    at: 1_700_000_000_000 + index,
  }));
}

/** The conversation with `event` and its answer in it. */
export function answered({ count, messages }: Conversation, event: Incoming): Conversation {
  const added: Message[] = [
    { role: 'customer', text: event.text, at: event.at },
    { role: 'assistant', text: answerTo(event), at: event.at },
  ];
  return { count: count + 1, messages: [...messages, ...added].slice(-WINDOW) };
}

/**
 * `send` is the action's implementation for a machine that runs by itself. The runtime has an
 * effect of that name.
 */
export function conversationMachine(answers: Answers, send: (text: string) => void = () => {}) {
  return setup({
    types: { context: {} as Conversation, events: {} as Incoming, emitted: {} as { type: 'reply'; text: string } },
    actions: { 'message.send': (_, { text }: { text: string }) => send(text) },
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
              answers === 'live'
                ? emit(({ event }) => ({ type: 'reply', text: answerTo(event) }))
                : { type: 'message.send' as const, params: ({ event }: { event: Incoming }) => ({ text: answerTo(event) }) },
            ],
          },
        },
      },
    },
  });
}

export function conversationDefinition(answers: Answers): MachineDefinition {
  return {
    id: 'bench-conversation',
    version: 1,
    machine: conversationMachine(answers),
    describe: (event) => ({ kind: 'customer.message', author: 'customer', text: String(event.text) }),
  };
}
