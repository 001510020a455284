/**
 * The events of agents in journal entries that took effect. The journal also has events that were
 * refused, ignored or held back, and a page that takes those for facts shows what never happened.
 * `actors/session/applied-events.ts` is the server's reader of the same payloads.
 */
import * as z from 'zod/mini';
import type { Entry } from './transcript.ts';

const agent = z.object({ id: z.string(), name: z.string() });
const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('agent.claim'), agent }),
  z.object({ type: z.literal('agent.assign'), agent }),
  z.object({
    type: z.literal('agent.message'),
    agent,
    text: z.string(),
    card: z.optional(z.unknown()),
    files: z.optional(z.array(z.object({ id: z.string() }))),
  }),
  z.object({ type: z.literal('agent.release'), agent }),
  z.object({ type: z.literal('agent.transfer'), agent, to: z.optional(agent), queue: z.optional(z.string()) }),
  z.object({ type: z.literal('note'), agent, mentions: z.optional(z.array(z.string())) }),
  z.object({
    type: z.literal('agent.update'),
    agent,
    tags: z.optional(z.object({ add: z.optional(z.array(z.string())), remove: z.optional(z.array(z.string())) })),
    priority: z.optional(z.enum(['low', 'normal', 'high', 'urgent'])),
    intent: z.optional(z.nullable(z.string())),
    entities: z.optional(z.record(z.string(), z.object({ value: z.json(), was: z.optional(z.json()) }))),
  }),
  z.object({ type: z.literal('agent.snooze'), agent, until: z.number() }),
  z.object({ type: z.literal('agent.unsnooze'), agent }),
  z.object({ type: z.literal('agent.schedule'), agent, text: z.string() }),
  z.object({ type: z.literal('close'), by: z.string(), reason: z.optional(z.string()) }),
]);
export type AgentAction = z.infer<typeof action>;

const input = z.union([
  z.object({ kind: z.literal('event'), event: z.unknown() }),
  z.object({ kind: z.literal('hold'), stimulus: z.unknown(), first: z.optional(z.boolean()) }),
  z.object({ kind: z.enum(['release', 'skip']) }),
]);
const payload = z.object({
  stimulus: z.optional(z.unknown()),
  ignored: z.optional(z.unknown()),
  refused: z.optional(z.unknown()),
});

/** What an entry says of the event that it is about. */
export type Stimulus =
  | { readonly kind: 'hold'; readonly first: boolean; readonly action: AgentAction | undefined }
  /** The event that was held back the longest. */
  | { readonly kind: 'held'; readonly isApplied: boolean }
  | { readonly kind: 'event'; readonly isApplied: boolean; readonly action: AgentAction | undefined };

export class AgentActions {
  /** Events that were held back and not released yet. */
  readonly #held: (AgentAction | undefined)[] = [];

  /** What took effect with the entry of this stimulus. Read all entries in their order. */
  read(stimulus: Stimulus | undefined): AgentAction | undefined {
    if (stimulus === undefined) return undefined;
    if (stimulus.kind === 'hold') {
      if (stimulus.first) this.#held.unshift(stimulus.action);
      else this.#held.push(stimulus.action);
      return undefined;
    }
    const done = stimulus.kind === 'event' ? stimulus.action : this.#held.shift();
    return stimulus.isApplied ? done : undefined;
  }
}

export function readStimulus({ kind, payload: given }: Pick<Entry, 'kind' | 'payload'>): Stimulus | undefined {
  const outer = payload.safeParse(given).data;
  if (outer?.stimulus === undefined) return undefined;
  const stimulus = input.safeParse(outer.stimulus).data;
  if (stimulus === undefined) return undefined;
  if (stimulus.kind === 'hold') {
    const held = input.safeParse(stimulus.stimulus).data;
    return { kind: 'hold', first: stimulus.first === true, action: held?.kind === 'event' ? actionIn(held.event) : undefined };
  }
  const isApplied = kind !== 'parked' && outer.ignored === undefined && outer.refused === undefined;
  return stimulus.kind === 'event' ? { kind: 'event', isApplied, action: actionIn(stimulus.event) } : { kind: 'held', isApplied };
}

function actionIn(event: unknown): AgentAction | undefined {
  return action.safeParse(event).data;
}
