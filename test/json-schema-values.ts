/**
 * Arbitrary values of a JSON Schema (draft 2020-12), for clients that know nothing but the schema.
 */
import fc from 'fast-check';
import * as z from 'zod';

const bounds = { minLength: z.number(), maxLength: z.number(), minItems: z.number(), maxItems: z.number() };
const schema = z
  .looseObject({
    ...bounds,
    type: z.union([z.string(), z.array(z.string())]),
    enum: z.array(z.unknown()),
    const: z.unknown(),
    pattern: z.string(),
    examples: z.array(z.unknown()),
    format: z.string(),
    contentEncoding: z.string(),
    minimum: z.number(),
    maximum: z.number(),
    exclusiveMinimum: z.number(),
    properties: z.record(z.string(), z.unknown()),
    required: z.array(z.string()),
    additionalProperties: z.unknown(),
    propertyNames: z.unknown(),
    items: z.unknown(),
    anyOf: z.array(z.unknown()),
    oneOf: z.array(z.unknown()),
    allOf: z.array(z.unknown()),
    not: z.unknown(),
    $ref: z.string(),
  })
  .partial();
type Schema = z.output<typeof schema>;

/** Largest text, list and nesting. A schema may allow more, which other tests send. */
const MOST_TEXT = 40;
const MOST_ITEMS = 4;
const MOST_DEPTH = 4;

/** @param resolve the schema that a `$ref` names. */
export function valuesOf(given: unknown, resolve: (ref: string) => unknown, depth = 0): fc.Arbitrary<unknown> {
  const one = schema.parse(given);
  const of = (inner: unknown): fc.Arbitrary<unknown> => valuesOf(inner, resolve, depth + 1);
  if (one.$ref !== undefined) return depth > MOST_DEPTH ? fc.constant(null) : of(resolve(one.$ref));
  if ('const' in one) return fc.constant(one.const);
  if (one.examples !== undefined) return fc.constantFrom(...one.examples);
  if (one.enum !== undefined) return fc.constantFrom(...one.enum);
  if (Array.isArray(one.type)) return fc.oneof(...one.type.map((type) => of({ ...one, type })));
  const choices = one.anyOf ?? one.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.filter((choice) => !isNever(choice)).map(of));
  switch (one.type) {
    case 'string':
      return texts(one);
    case 'integer':
    case 'number':
      return fc.integer({ min: one.minimum ?? (one.exclusiveMinimum ?? -1) + 1, max: Math.min(one.maximum ?? 1_000_000, 2 ** 31 - 1) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(of(one.items ?? {}), { minLength: one.minItems ?? 0, maxLength: Math.min(one.maxItems ?? MOST_ITEMS, MOST_ITEMS) });
    case 'object':
      return objects(one, of);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** `{"not": {}}`, which a schema has for a field that must be left out. */
function isNever(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'not' in given;
}

function objects({ properties = {}, required = [], additionalProperties }: Schema, of: (inner: unknown) => fc.Arbitrary<unknown>) {
  const known = Object.entries(properties).filter(([, inner]) => !isNever(inner));
  const named = fc.record(Object.fromEntries(known.map(([name, inner]) => [name, of(inner)])), { requiredKeys: required });
  if (typeof additionalProperties !== 'object') return named;
  const more = fc.dictionary(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), of(additionalProperties), {
    maxKeys: MOST_ITEMS,
  });
  return fc.tuple(more, named).map(([others, own]) => ({ ...others, ...own }));
}

function texts({ minLength = 0, maxLength = MOST_TEXT, pattern, format, contentEncoding, allOf = [] }: Schema): fc.Arbitrary<string> {
  if (contentEncoding === 'base64') return fc.base64String({ maxLength: MOST_TEXT });
  if (format === 'uuid') return fc.uuid();
  if (format === 'date') return fc.constantFrom('2026-11-01', '2026-11-29', '2026-11-30');
  const patterns = [pattern, ...allOf.map((part) => schema.parse(part).pattern)].flatMap((text) =>
    text === undefined ? [] : [new RegExp(text, 'u')],
  );
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength && patterns.every((one) => one.test(text));
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, MOST_TEXT)) };
  const plain = fc.oneof(
    fc.string({ ...length, unit: 'grapheme' }),
    fc.stringMatching(/^[a-z0-9._-]{8,20}$/),
    fc.constantFrom('a', 'Mona', '٣ مليون'),
  );
  return patterns.length === 0
    ? plain.map((text) => (fits(text) ? text : 'a'.repeat(Math.max(1, minLength))))
    : plain.map((text) => (fits(text) ? text : 'abcdefgh-1'));
}
