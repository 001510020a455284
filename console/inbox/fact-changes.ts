/** What an agent changed of a session's facts, one thing each, as a transcript tells it. */
import type { AgentAction } from './entry-events.ts';
import { type EntityValue, fieldOf } from './session-facts.ts';

type Update = Extract<AgentAction, { readonly type: 'agent.update' }>;

export type FactChange =
  | { readonly what: 'tag added' | 'tag removed'; readonly tag: string }
  | { readonly what: 'priority'; readonly priority: NonNullable<Update['priority']> }
  /** Undefined is no value. `name` is undefined for the topic. */
  | { readonly what: 'value'; readonly name: string | undefined; readonly was: string | undefined; readonly is: string | undefined };

export function factChanges({ tags, priority, intent, entities = {} }: Update): readonly FactChange[] {
  const text = (value: EntityValue | null | undefined): string | undefined => (value == null ? undefined : fieldOf(value));
  return [
    ...(tags?.add ?? []).map((tag) => ({ what: 'tag added' as const, tag })),
    ...(tags?.remove ?? []).map((tag) => ({ what: 'tag removed' as const, tag })),
    ...(priority === undefined ? [] : [{ what: 'priority' as const, priority }]),
    ...(intent === undefined ? [] : [{ what: 'value' as const, name: undefined, was: undefined, is: text(intent) }]),
    ...Object.entries(entities).map(([name, { value, was }]) => ({ what: 'value' as const, name, was: text(was), is: text(value) })),
  ];
}
