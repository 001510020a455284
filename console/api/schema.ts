/** JSON Schemas of the description as the page shows them, and a body to begin with. */
import * as z from 'zod/mini';

const schemaShape = z.looseObject({
  $ref: z.optional(z.string()),
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  description: z.optional(z.string()),
  properties: z.optional(z.record(z.string(), z.unknown())),
  required: z.optional(z.array(z.string())),
  items: z.optional(z.unknown()),
  anyOf: z.optional(z.array(z.unknown())),
  oneOf: z.optional(z.array(z.unknown())),
  enum: z.optional(z.array(z.unknown())),
  examples: z.optional(z.array(z.unknown())),
  minimum: z.optional(z.number()),
});
type Schema = z.infer<typeof schemaShape>;

/** The schema that a `$ref` names. */
type Resolve = (ref: string) => unknown;

export interface Field {
  /** Of a member, or of one of several forms. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly about: string;
  readonly fields: readonly Field[];
}

/** Deeper parts are left out, because some schemas contain themselves. */
const MOST_DEPTH = 4;
/** Values of an enumeration that are shown. */
const MOST_VALUES = 8;

/** The members of an object, of the elements of a list, or of each form that a value can have. */
export function fieldsOf(given: unknown, resolve: Resolve, depth = 0): readonly Field[] {
  const schema = resolved(given, resolve);
  if (depth > MOST_DEPTH) return [];
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties)
      .filter(([, member]) => !isNever(member))
      .map(([name, member]) => ({
        name,
        type: typeOf(member, resolve),
        required: schema.required?.includes(name) ?? false,
        about: resolved(member, resolve).description ?? '',
        fields: fieldsOf(member, resolve, depth + 1),
      }));
  }
  if (schema.items !== undefined) return fieldsOf(schema.items, resolve, depth);
  const forms = formsOf(schema).filter((form) => fieldsOf(form, resolve, depth + 1).length > 0);
  const [only] = forms;
  if (only !== undefined && forms.length === 1) return fieldsOf(only, resolve, depth);
  return forms.map((form, index) => ({
    name: nameOfForm(form, resolve) ?? `form ${index + 1}`,
    type: 'one of the forms',
    required: false,
    about: resolved(form, resolve).description ?? '',
    fields: fieldsOf(form, resolve, depth + 1),
  }));
}

/** What is needed, with the first value that fits. */
export function bodyOf(given: unknown, resolve: Resolve, depth = 0): unknown {
  if (depth > MOST_DEPTH) return null;
  const schema = resolved(given, resolve);
  const [example = schema.enum?.[0]] = schema.examples ?? [];
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (example !== undefined) return example;
  const [form] = formsOf(schema);
  if (form !== undefined) return bodyOf(form, resolve, depth + 1);
  const { required = [], properties = {} } = schema;
  if (schema.properties !== undefined)
    return Object.fromEntries(required.map((name) => [name, bodyOf(properties[name], resolve, depth + 1)]));
  const [type] = [schema.type].flat();
  const byType: Readonly<Record<string, unknown>> = { string: '', boolean: false, array: [], object: {} };
  return type === 'integer' || type === 'number' ? (schema.minimum ?? 0) : (byType[type ?? ''] ?? null);
}

/** The values that a parameter can have, if there are few. */
export function choicesOf(given: unknown): readonly string[] {
  const { enum: values, type } = schemaShape.parse(given);
  if (type === 'boolean') return ['true', 'false'];
  return values?.map(String) ?? [];
}

function typeOf(given: unknown, resolve: Resolve, depth = 0): string {
  if (depth > MOST_DEPTH) return 'any';
  const schema = resolved(given, resolve);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) {
    const shown = schema.enum.slice(0, MOST_VALUES).map((value) => JSON.stringify(value));
    return [...shown, ...(schema.enum.length > MOST_VALUES ? ['…'] : [])].join(' | ');
  }
  if (schema.items !== undefined) return `list of ${typeOf(schema.items, resolve, depth + 1)}`;
  const forms = formsOf(schema);
  if (forms.length > 0) return [...new Set(forms.map((form) => typeOf(form, resolve, depth + 1)))].join(' | ');
  return [schema.type ?? 'any'].flat().join(' | ');
}

function formsOf({ anyOf, oneOf }: Schema): readonly unknown[] {
  return (anyOf ?? oneOf ?? []).filter((form) => !isNever(form));
}

/** A form is named by its `type`, or by another member that has one value alone. */
function nameOfForm(given: unknown, resolve: Resolve): string | undefined {
  const members = Object.entries(resolved(given, resolve).properties ?? {});
  for (const [name, member] of members) {
    const schema = resolved(member, resolve);
    const values = 'const' in schema ? [schema.const] : name === 'type' ? (schema.enum ?? []) : [];
    if (values.length > 0) return values.map(String).join(' | ');
  }
  return undefined;
}

function resolved(given: unknown, resolve: Resolve): Schema {
  const schema = schemaShape.safeParse(given).data ?? {};
  return schema.$ref === undefined ? schema : resolved(resolve(schema.$ref), resolve);
}

/** `{"not": {}}`, which a schema has for a member that must be left out. */
function isNever(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'not' in given;
}
