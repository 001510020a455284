/** The states that a snapshot is in, by the ids of the machine's graph (graph.ts). Pure. */

/**
 * Keys from the root down, joined by dots, outer states first. The root comes first and has the
 * empty id. A dot in a key is written `\.`, as XState has it.
 */
export function activeStates(value: unknown): readonly string[] {
  return ['', ...below(value, '')];
}

function below(value: unknown, prefix: string): readonly string[] {
  if (typeof value === 'string') return [`${prefix}${escaped(value)}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${prefix}${escaped(key)}`, ...below(inner, `${prefix}${escaped(key)}.`)]);
}

function escaped(key: string): string {
  return key.replaceAll(/[\\.]/g, '\\$&');
}
