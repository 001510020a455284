/**
 * The assistant of the fault suite. Each message makes it do one of everything that the host makes
 * durable, and the recorder writes down each effect that reaches it. The probe runs in the process
 * that is killed.
 */
import { assign, enqueueActions, fromCallback, fromPromise, raise, sendTo, setup } from 'xstate';
import * as z from 'zod';
import { invocationContext } from '#actors/contract/api.ts';
import { defineEffect, type Effect } from '#actors/contract/effect.ts';
import type { AssistantBinding } from '#actors/contract/registry.ts';
import type { MachineDefinition } from '#machines/definition.ts';
import { Unavailable } from '#machines/errors.ts';
import { describeSessionEvent } from '#machines/session/definition.ts';
import type { MessageSendParams, ReactionSendParams } from '#machines/session/effects.ts';

export const PROBE = 'probe';

/** Report to the recorder. */
export const sighting = z.object({
  /** The effect's idempotency key, or the message's id for a `tally`, which has no key. */
  key: z.string(),
  what: z.enum(['record', 'tally', 'run']),
  detail: z.string(),
  /** The process that did it. */
  by: z.string(),
});
export type Sighting = z.infer<typeof sighting>;

/** Sends a report to the recorder. Rejects if the recorder refuses it. */
export type Tell = (sighting: Omit<Sighting, 'by'>) => Promise<void>;

export function tellRecorder(url: string, by: string): Tell {
  return async (told) => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ ...told, by }) });
    await response.arrayBuffer();
    if (!response.ok) throw new Unavailable('the recorder says not now');
  };
}

const recordParams = z.object({ what: z.enum(['heard', 'rang', 'looked', 'answered', 'overdue']), id: z.string() });

export function probeEffects(tell: Tell): readonly Effect[] {
  return [
    defineEffect({
      type: 'probe.record',
      params: recordParams,
      lane: 'address',
      run: async ({ what, id }, { key }) => {
        await tell({ key, what: 'record', detail: `${what} ${id}` });
        return undefined;
      },
    }),
  ];
}

interface Context {
  readonly queue: readonly string[];
  readonly heard: number;
  readonly rang: number;
}

type Event = { type: 'customer.message'; id: string; text: string } | { type: 'ring'; id: string } | { type: 'answered'; id: string };

/** Between 50 and 950 ms, by the message's own id, because machines have no randomness. */
export function ringDelay(id: string): number {
  let sum = 0;
  for (const unit of id) sum = (sum * 31 + unit.charCodeAt(0)) % 900;
  return 50 + sum;
}

/** A message in five is answered with a place too, and another one in five with a reaction. */
const isOneOfFive = (id: string, which: number): boolean => ringDelay(id) % 5 === which;
const place = ({ id, text }: { readonly id: string; readonly text: string }): Pick<MessageSendParams, 'card'> =>
  isOneOfFive(id, 0) ? { card: { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: `place of ${text}` } } : {};

function probeDefinition(tell: Tell): MachineDefinition {
  const machine = setup({
    types: {} as { context: Context; events: Event },
    actors: {
      lookup: fromPromise<{ id: string }, { id: string }>(async (args) => {
        const { publish, runId } = invocationContext(args);
        publish({ type: 'run', runId, phase: 'thinking' });
        const told = () => tell({ key: runId, what: 'run', detail: args.input.id });
        // A process that was suspended finds its connections closed. That is not tested here.
        await told().catch(told);
        return { id: args.input.id };
      }),
      desk: fromCallback<{ type: 'ask'; id: string }>(({ sendBack, receive }) => {
        receive(({ id }) => sendBack({ type: 'answered', id }));
      }),
    },
    actions: {
      'message.send': (_, _params: MessageSendParams) => {},
      'reaction.send': (_, _params: ReactionSendParams) => {},
      'probe.record': (_, _params: z.infer<typeof recordParams>) => {},
      tally: (_, { id }: { id: string }) => tell({ key: id, what: 'tally', detail: id }),
    },
  }).createMachine({
    id: 'probe',
    type: 'parallel',
    context: { queue: [], heard: 0, rang: 0 },
    invoke: { src: 'desk', id: 'desk' },
    on: {
      'customer.message': {
        actions: [
          assign(({ context, event }) => ({ heard: context.heard + 1, queue: [...context.queue, event.id] })),
          { type: 'probe.record', params: ({ event }) => ({ what: 'heard' as const, id: event.id }) },
          {
            type: 'message.send',
            params: ({ event }) => ({ text: `heard ${event.text}`, author: 'assistant' as const, draft: null, ...place(event) }),
          },
          enqueueActions(({ event, enqueue }) => {
            if (isOneOfFive(event.id, 1))
              enqueue({ type: 'reaction.send', params: { messageId: event.id, emoji: '👍', author: 'assistant' } });
          }),
          { type: 'tally', params: ({ event }) => ({ id: event.id }) },
          raise(({ event }) => ({ type: 'ring' as const, id: event.id }), { delay: ({ event }) => ringDelay(event.id) }),
          sendTo('desk', ({ event }) => ({ type: 'ask', id: event.id })),
        ],
      },
      ring: {
        actions: [
          assign(({ context }) => ({ rang: context.rang + 1 })),
          { type: 'probe.record', params: ({ event }) => ({ what: 'rang' as const, id: event.id }) },
        ],
      },
      answered: { actions: { type: 'probe.record', params: ({ event }) => ({ what: 'answered' as const, id: event.id }) } },
    },
    states: {
      work: {
        initial: 'idle',
        states: {
          idle: { always: { guard: ({ context }) => context.queue.length > 0, target: 'busy' } },
          busy: {
            invoke: {
              src: 'lookup',
              input: ({ context }) => ({ id: context.queue[0] ?? '' }),
              onDone: {
                target: 'idle',
                actions: [
                  { type: 'probe.record', params: ({ event }) => ({ what: 'looked' as const, id: event.output.id }) },
                  assign(({ context }) => ({ queue: context.queue.slice(1) })),
                ],
              },
            },
            after: {
              700: {
                actions: { type: 'probe.record', params: ({ context }) => ({ what: 'overdue' as const, id: context.queue[0] ?? '' }) },
              },
            },
          },
        },
      },
    },
  });
  return { id: 'probe', version: 1, machine, describe: describeSessionEvent };
}

export function probeAssistant(tell: Tell): AssistantBinding {
  return { name: PROBE, definitions: [probeDefinition(tell)], input: () => null };
}

/** For code that only reads what the probe stored. */
export const silent: Tell = async () => {};
