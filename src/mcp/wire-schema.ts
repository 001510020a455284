/**
 * Schemas and values of operations under the names that MCP tools have, which are in snake case.
 * An object's fields are renamed at every depth. Keys of records are data and stay.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { FieldNames } from '../operations/operation.ts';

export function wireName(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** How messages name fields of the input. */
export const wireNames: FieldNames = (path) =>
  path.map((key) => (typeof key === 'string' ? wireName(key) : String(key))).join('.') || 'input';

/** The input as it is published. Strict, as that of the operation. */
export function wireInput(input: z.ZodObject): z.ZodObject {
  return z.strictObject(Object.fromEntries(Object.entries(input.shape).map(([field, schema]) => [wireName(field), schema])));
}

/**
 * The operation's input from a tool's arguments. Throws `InvalidInput` for a field under its own
 * name.
 */
export function fieldsOf(input: z.ZodObject, args: unknown): unknown {
  const fields = new Map(Object.keys(input.shape).map((field) => [wireName(field), field]));
  return Object.fromEntries(
    Object.entries(Object(args)).map(([name, value]) => {
      const field = fields.get(name);
      if (field === undefined && Object.hasOwn(input.shape, name)) throw new InvalidInput(`input: Unrecognized key: "${name}".`);
      return [field ?? name, value];
    }),
  );
}

export interface WireOutput<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly encode: (value: unknown) => unknown;
}

/** The output as it is published. It leaves room for fields that a later version adds. */
export function wireOutput(output: z.ZodObject): WireOutput<z.ZodObject> {
  const fields = new Map(
    Object.entries(output.shape).map(([field, schema]) => [field, { name: wireName(field), ...wireOf(schema) }] as const),
  );
  const schema = z.looseObject(Object.fromEntries([...fields.values()].map(({ name, schema }) => [name, schema])));
  return {
    schema: output.description === undefined ? schema : schema.describe(output.description),
    encode: (value) =>
      Object.fromEntries(
        Object.entries(Object(value)).map(([field, part]) => {
          const known = fields.get(field);
          return known === undefined ? [wireName(field), part] : [known.name, known.encode(part)];
        }),
      ),
  };
}

function wireOf(schema: unknown): WireOutput {
  if (schema instanceof z.ZodObject) return wireOutput(schema);
  if (schema instanceof z.ZodArray) {
    const { schema: element, encode } = wireOf(schema.element);
    return described(schema, { schema: z.array(element), encode: (value) => (Array.isArray(value) ? value.map(encode) : value) });
  }
  if (schema instanceof z.ZodNullable) return wrapped(schema, z.nullable);
  if (schema instanceof z.ZodOptional) return wrapped(schema, z.optional);
  if (schema instanceof z.ZodType) return { schema, encode: (value) => value };
  throw new TypeError('An operation has a schema that is not one of zod 4');
}

function wrapped(schema: z.ZodNullable | z.ZodOptional, wrap: (inner: z.ZodType) => z.ZodType): WireOutput {
  const inner = wireOf(schema.unwrap());
  const encode = (value: unknown): unknown => (value === null || value === undefined ? value : inner.encode(value));
  return described(schema, { schema: wrap(inner.schema), encode });
}

function described({ description }: z.ZodType, output: WireOutput): WireOutput {
  return description === undefined ? output : { ...output, schema: output.schema.describe(description) };
}
