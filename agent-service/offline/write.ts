/**
 * What the offline model writes from tool results, as text or as JSON of a schema. Pure. Nothing is
 * invented.
 */
import type { Json } from '#machines/definition.ts';
import { clip } from '#machines/text.ts';
import type { JsonSchema } from '../provider.ts';
import { englishPhrases } from './phrases.ts';
import { fits, gatheredFacts, type OfflineView, recordOf } from './plan.ts';

const UNKNOWN = 'Not known to the offline model.';
/** Lines for one result, and characters of a line. */
const MAX_LINES = 40;
const MAX_LINE = 300;

export function writeAnswer({ params, results, outputSchema }: OfflineView): string {
  if (outputSchema !== undefined) return JSON.stringify(filled(outputSchema, outputSchema, undefined, gatheredFacts(params, results)));
  const parts = results.map(({ name, ok, value }) => {
    const lines = ok ? linesOf(value) : [`- could not be done: ${clip(errorOf(value), MAX_LINE)}`];
    return [
      `**${spoken(name)}**`,
      ...lines.slice(0, MAX_LINES),
      ...(lines.length > MAX_LINES ? [`- and ${lines.length - MAX_LINES} more`] : []),
    ].join('\n');
  });
  const given = ['What I was given:', ...linesOf(params)].join('\n');
  return [
    `${englishPhrases.offline} I put together what my tools found, without judging it.`,
    ...(parts.length > 0 ? parts : [given]),
    englishPhrases.howToSet,
  ].join('\n\n');
}

function linesOf(value: Json | Readonly<Record<string, Json | undefined>>, indent = ''): string[] {
  if (value === null || typeof value !== 'object') return [`${indent}- ${clip(String(value), MAX_LINE)}`];
  return Object.entries(value).flatMap(([name, item]: [string, Json | undefined]) => {
    if (item === undefined) return [];
    const label = Array.isArray(value) ? `${indent}-` : `${indent}- ${spoken(name)}:`;
    if (item === null || typeof item !== 'object') return [`${label} ${clip(String(item), MAX_LINE)}`];
    if (indent.length >= 4) return [`${label} ${clip(JSON.stringify(item), MAX_LINE)}`];
    return [label, ...linesOf(item, `${indent}  `)];
  });
}

/** `fiscalYear`, `fiscal_year` → `fiscal year`. */
function spoken(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

function errorOf(value: Json): string {
  const { message } = recordOf(recordOf(value).error);
  return typeof message === 'string' ? message : JSON.stringify(value);
}

/**
 * Known values go in under their names. Unknown ones are left out if they are optional, and
 * otherwise as empty as the schema allows.
 */
function filled(schema: JsonSchema, root: JsonSchema, known: Json | undefined, facts: Readonly<Record<string, Json | undefined>>): Json {
  const target = resolved(schema, root);
  if (target.const !== undefined) return target.const;
  if (known !== undefined && isScalar(known) && fits(known, target)) return known;
  const choices = [target.anyOf, target.oneOf].find(Array.isArray);
  if (choices) {
    const variants: JsonSchema[] = choices.map(recordOf);
    const chosen =
      variants.find((one) => known !== undefined && fits(known, resolved(one, root))) ?? variants.find(({ type }) => type === 'null');
    return filled(chosen ?? variants[0] ?? {}, root, known, facts);
  }
  if (target.default !== undefined) return target.default;
  if (Array.isArray(target.enum)) return target.enum[0] ?? null;
  const types = [target.type].flat();
  const type = types.includes('null') && known === undefined ? 'null' : types[0];
  const least = (name: string): number => (typeof target[name] === 'number' ? target[name] : 0);
  if (type === 'object') return objectOf(target, root, known === undefined ? facts : recordOf(known));
  if (type === 'array') {
    const items = recordOf(target.items);
    if (Array.isArray(known)) return known.map((item: Json) => filled(items, root, item, {}));
    return Array.from({ length: least('minItems') }, () => filled(items, root, undefined, {}));
  }
  if (type === 'string') return UNKNOWN;
  if (type === 'boolean') return false;
  return type === 'number' || type === 'integer' ? least('minimum') : null;
}

function objectOf(schema: JsonSchema, root: JsonSchema, facts: Readonly<Record<string, Json | undefined>>): Json {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(recordOf(schema.properties)).flatMap(([name, property]) => {
    const known = facts[name];
    return known === undefined && !required.includes(name) ? [] : [[name, filled(recordOf(property), root, known, {})]];
  });
  return Object.fromEntries(entries);
}

function isScalar(value: Json): boolean {
  return value === null || typeof value !== 'object';
}

function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  return recordOf(recordOf(root.$defs)[$ref.split('/').at(-1) ?? '']);
}
