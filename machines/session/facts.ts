/**
 * Changes of agents to what is known of a session, which are its tags, priority, intent and
 * entities. Plain functions of the context.
 */
import type { Json } from '../definition.ts';
import type { SessionContext } from './context.ts';
import type { SessionEventOf } from './events.ts';
import type { FactWords } from './fact-words.ts';
import type { FactSource } from './reading-facts.ts';

type Update = SessionEventOf<'agent.update'>;
type Facts = Pick<SessionContext, 'tags' | 'priority' | 'intent' | 'entities'>;
type Sourced = Facts & Pick<SessionContext, 'sources'>;

/** A list shows them all. */
const MOST_TAGS = 50;
/** Each request to a model has them. */
const MOST_ENTITIES = 200;
/** Characters of all entities as JSON. Each turn stores them again. */
const MOST_ENTITY_TEXT = 65_536;

function updated({ tags, priority, intent, entities }: Facts, event: Update): Facts {
  const { add = [], remove = [] } = event.tags ?? {};
  const changed = new Map(Object.entries(entities));
  for (const [name, { value }] of Object.entries(event.entities ?? {})) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return {
    tags: [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag)),
    priority: event.priority ?? priority,
    intent: event.intent === undefined ? intent : event.intent,
    entities: Object.fromEntries(changed),
  };
}

/** With the agent as the source of what was changed, so that a later reading does not undo it. */
export function updatedWithSources(facts: Sourced, event: Update): Sourced {
  const names = Object.keys(event.entities ?? {});
  if (names.length === 0) return updated(facts, event);
  const source: FactSource = { by: 'agent', at: event.at, agent: event.agent.name };
  return { ...updated(facts, event), sources: { ...facts.sources, ...Object.fromEntries(names.map((name) => [name, source])) } };
}

/** The agent changed a value that is another one by now. */
export function isStale({ entities }: Facts, event: Update): boolean {
  return Object.entries(event.entities ?? {}).some(
    ([name, { was }]) => was !== undefined && JSON.stringify(was) !== JSON.stringify(Object.hasOwn(entities, name) ? entities[name] : null),
  );
}

/** Whether a session takes all of these entities or preferences. */
export function fitsFacts(record: SessionContext['entities']): boolean {
  return Object.keys(record).length <= MOST_ENTITIES && JSON.stringify(record).length <= MOST_ENTITY_TEXT;
}

export function isTooMuch(facts: Facts, event: Update): boolean {
  const { tags, entities } = updated(facts, event);
  const most = (now: number, before: number, limit: number): boolean => now > limit && now > before;
  return (
    most(tags.length, facts.tags.length, MOST_TAGS) ||
    most(Object.keys(entities).length, Object.keys(facts.entities).length, MOST_ENTITIES) ||
    most(JSON.stringify(entities).length, JSON.stringify(facts.entities).length, MOST_ENTITY_TEXT)
  );
}

export function changesFacts(facts: Facts, event: Update): boolean {
  const { tags, priority, intent, entities } = facts;
  return JSON.stringify(updated(facts, event)) !== JSON.stringify({ tags, priority, intent, entities });
}

const RAW: FactWords = { label: (name) => name, value: (_name, value) => (typeof value === 'string' ? value : JSON.stringify(value)) };

/**
 * `agent.update: +vip -new, priority: urgent, budget: 3 → 4`. A value that was removed is `–`. Facts
 * are as the session keeps them, or as the words write them.
 */
export function updateText({ tags, priority, intent, entities = {} }: Update, { label, value: written }: FactWords = RAW): string {
  const labels = [...(tags?.add ?? []).map((tag) => `+${tag}`), ...(tags?.remove ?? []).map((tag) => `-${tag}`)];
  const shown = (name: string, value: Json): string => (value === null ? '–' : written(name, value));
  const parts = [
    ...(labels.length === 0 ? [] : [labels.join(' ')]),
    ...(priority === undefined ? [] : [`priority: ${priority}`]),
    ...(intent === undefined ? [] : [`intent: ${intent ?? '–'}`]),
    ...Object.entries(entities).map(
      ([name, { value, was }]) => `${label(name)}: ${was === undefined ? '' : `${shown(name, was)} → `}${shown(name, value)}`,
    ),
  ];
  return `agent.update: ${parts.join(', ')}`;
}
