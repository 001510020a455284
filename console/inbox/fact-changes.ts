/** What an agent changed of a session's facts, one thing each, as a transcript tells it. */
import type { AgentAction } from './entry-events.ts';
import type { EntityValue } from './session-facts.ts';

type Update = Extract<AgentAction, { readonly type: 'agent.update' }>;

export type FactChange =
  | { readonly what: 'tag added' | 'tag removed'; readonly tag: string }
  | { readonly what: 'priority'; readonly priority: NonNullable<Update['priority']> }
  /** Null is no topic. */
  | { readonly what: 'topic'; readonly topic: string | null }
  /** Null is no value. `was` is undefined if the agent did not say it. */
  | { readonly what: 'fact'; readonly name: string; readonly was: EntityValue | undefined; readonly is: EntityValue };

export function factChanges({ tags, priority, intent, entities = {} }: Update): readonly FactChange[] {
  return [
    ...(tags?.add ?? []).map((tag) => ({ what: 'tag added' as const, tag })),
    ...(tags?.remove ?? []).map((tag) => ({ what: 'tag removed' as const, tag })),
    ...(priority === undefined ? [] : [{ what: 'priority' as const, priority }]),
    ...(intent === undefined ? [] : [{ what: 'topic' as const, topic: intent }]),
    ...Object.entries(entities).map(([name, { value, was }]) => ({ what: 'fact' as const, name, was, is: value })),
  ];
}
