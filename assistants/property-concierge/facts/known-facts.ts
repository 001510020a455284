/** The facts of a session, also those that an agent has written by hand. Pure. */
import { Message } from './rules/message.ts';
import { PLACES } from './rules/places.ts';
import { type PropertyFacts, propertyFacts } from './schema.ts';

/** Facts as a session keeps them. A value that an agent wrote in another form is left out. */
export function factsIn(entities: Readonly<Record<string, unknown>>): PropertyFacts {
  const { shape } = propertyFacts;
  const kept = Object.entries(shape).flatMap(([name, type]) => {
    const { data } = type.safeParse(corrected(name, entities[name]));
    return data === undefined ? [] : [[name, data]];
  });
  return propertyFacts.parse(Object.fromEntries(kept));
}

const LISTS: ReadonlySet<string> = new Set(['types', 'excludedTypes', 'locations', 'excludedLocations', 'features']);

/** An agent writes "New Cairo, Maadi" for a list and "4" for a number. */
function corrected(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (LISTS.has(name)) {
    const items = value.split(/\s*[,،]\s*/u).filter((one) => one !== '');
    return name === 'locations' || name === 'excludedLocations' ? items.map(placeNamed) : items;
  }
  const text = value.trim();
  return /^\d+(?:\.\d+)?$/.test(text) && name !== 'phone' && name !== 'name' ? Number(text) : text;
}

/** English name of an area, whatever the language. The text itself for one that is not known. */
function placeNamed(text: string): string {
  return new Message(text, []).find(PLACES)[0]?.value ?? text;
}
