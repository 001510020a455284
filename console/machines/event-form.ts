/**
 * Fields of a form for one type of event, or for what opens a session, from the machine's JSON
 * Schema. Pure.
 */
import * as z from 'zod/mini';

export interface FormField {
  /** Keys that lead to it in the value. */
  readonly path: readonly string[];
  /** Of the path, with dots. */
  readonly name: string;
  /** Without it the value has no use, or the record that it is in. */
  readonly required: boolean;
  /** A record around it may be left out as a whole. */
  readonly inOptional: boolean;
  /** `lines` makes a list of texts, `json` is for what has no input of its own. */
  readonly input: 'text' | 'number' | 'boolean' | 'choice' | 'lines' | 'json';
  readonly choices: readonly string[];
  readonly nullable: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
  readonly description?: string;
}

/** The texts of fields, by their names. */
export type Given = Readonly<Record<string, string>>;

export interface EventForm {
  readonly type: string;
  readonly fields: readonly FormField[];
}

/** The value, or the name of the first field whose text is not what it takes. */
export type ReadValue = { readonly value: object } | { readonly wrong: string };

interface Property {
  readonly type?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly properties?: Readonly<Record<string, Property>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Property | undefined;
  readonly anyOf?: readonly Property[] | undefined;
  readonly additionalProperties?: unknown;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly description?: string | undefined;
}
const property: z.ZodMiniType<Property> = z.lazy(() =>
  z.looseObject({
    type: z.catch(z.optional(z.string()), undefined),
    const: z.optional(z.unknown()),
    enum: z.optional(z.array(z.unknown())),
    properties: z.optional(z.record(z.string(), property)),
    required: z.optional(z.array(z.string())),
    items: z.catch(z.optional(property), undefined),
    anyOf: z.optional(z.array(property)),
    minimum: z.optional(z.number()),
    maximum: z.optional(z.number()),
    maxLength: z.optional(z.number()),
    description: z.optional(z.string()),
  }),
);
const variant = z.looseObject({ properties: z.record(z.string(), property), required: z.optional(z.array(z.string())) });
const schema = z.union([z.looseObject({ oneOf: z.array(variant) }), z.looseObject({ anyOf: z.array(variant) })]);

/** Records within records have fields of their own up to this depth. */
const DEEPEST = 3;

/** In the order of the schema. Empty for a schema of another form. */
export function eventForms(events: unknown): readonly EventForm[] {
  const parsed = schema.safeParse(events);
  if (!parsed.success) return [];
  const variants = 'oneOf' in parsed.data ? parsed.data.oneOf : parsed.data.anyOf;
  return z
    .array(variant)
    .parse(variants)
    .flatMap(({ properties, required = [] }) => {
      const type = properties.type?.const;
      if (typeof type !== 'string') return [];
      // The time is that of the sandbox.
      const { type: _, at, ...own } = properties;
      return [{ type, fields: fieldsOf(own, required, [], false) }];
    });
}

/** Of what opens a session of a machine. Empty for a schema of another form. */
export function inputFields(input: unknown): readonly FormField[] {
  const { success, data } = variant.safeParse(input);
  return success ? fieldsOf(data.properties, data.required ?? [], [], false) : [];
}

function fieldsOf(
  properties: Readonly<Record<string, Property>>,
  required: readonly string[],
  within: readonly string[],
  inOptional: boolean,
): readonly FormField[] {
  return Object.entries(properties).flatMap(([key, given]): readonly FormField[] => {
    const path = [...within, key];
    const isRequired = required.includes(key);
    const { shape, nullable } = plainOf(given);
    if (shape.properties !== undefined && path.length < DEEPEST && !nullable)
      return fieldsOf(shape.properties, shape.required ?? [], path, inOptional || !isRequired);
    const { minimum, maximum, maxLength, description } = { ...given, ...shape };
    return [
      {
        ...{ path, name: path.join('.'), required: isRequired, inOptional, nullable, input: inputOf(shape) },
        choices: (shape.enum ?? []).map(String),
        // The bounds of every integer say nothing.
        ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { min: minimum }),
        ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { max: maximum }),
        ...(maxLength === undefined ? {} : { maxLength }),
        ...(description === undefined ? {} : { description }),
      },
    ];
  });
}

/** The schema of a value that may also be null, without the null. */
function plainOf(given: Property): { readonly shape: Property; readonly nullable: boolean } {
  const others = given.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = others;
  if (given.anyOf === undefined || only === undefined || others.length > 1) return { shape: given, nullable: false };
  return { shape: only, nullable: given.anyOf.length > 1 };
}

function inputOf({ type, enum: choices, items }: Property): FormField['input'] {
  if (choices !== undefined) return 'choice';
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'array' && items?.type === 'string') return 'lines';
  return type === 'boolean' ? 'boolean' : 'json';
}

export function eventOf({ type, fields }: EventForm, given: Given): ReadValue {
  return readFields(fields, given, { type });
}

/** Empty fields are left out where they may be. `around` is what the value has beside its fields. */
export function readFields(fields: readonly FormField[], given: Given, around: object = {}): ReadValue {
  const whole: Record<string, unknown> = { ...around };
  const filled = fields.filter(({ name }) => (given[name] ?? '') !== '');
  for (const field of fields) {
    const text = given[field.name] ?? '';
    const value = text === '' ? emptyOf(field, filled) : readValue(text, field);
    if (value === WRONG) return { wrong: field.name };
    if (value !== ABSENT) put(whole, field.path, value);
    // A record that is needed is there, also without a field.
    else if (!field.inOptional && field.path.length > 1) put(whole, field.path.slice(0, -1), recordAt(whole, field.path[0]));
  }
  return { value: whole };
}

const WRONG = Symbol('wrong');
const ABSENT = Symbol('absent');

function emptyOf({ required, inOptional, nullable, input, path }: FormField, filled: readonly FormField[]): unknown {
  // A field of a record that nobody began to fill.
  const record = path.slice(0, -1);
  if (inOptional && !filled.some((other) => record.every((key, index) => other.path[index] === key))) return ABSENT;
  if (!required) return ABSENT;
  if (nullable) return null;
  if (input === 'lines') return [];
  return input === 'text' && path.at(-1) !== 'id' ? '' : WRONG;
}

function readValue(text: string, { input, min, max, maxLength }: FormField): unknown {
  if (input === 'choice') return text;
  if (input === 'text') return maxLength !== undefined && text.length > maxLength ? WRONG : text;
  if (input === 'boolean') return text === 'true';
  if (input === 'lines') return text.split('\n').filter((line) => line.trim() !== '');
  if (input === 'number') {
    const value = Number(text);
    return Number.isFinite(value) && value >= (min ?? value) && value <= (max ?? value) ? value : WRONG;
  }
  try {
    return JSON.parse(text);
  } catch {
    return WRONG;
  }
}

function recordAt(whole: Readonly<Record<string, unknown>>, key = ''): object {
  const value = whole[key];
  return typeof value === 'object' && value !== null ? value : {};
}

function put(record: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    record[key] = value;
    return;
  }
  const before = record[key];
  const inner: Record<string, unknown> = typeof before === 'object' && before !== null ? { ...before } : {};
  put(inner, rest, value);
  record[key] = inner;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'agent.id': 'tester',
  'agent.name': 'Tester',
  by: 'tester',
  owner: 'tester',
  reason: 'a try',
  name: 'help',
};

const HOUR_MS = 3_600_000;

/**
 * What a person would likely send at the time, so that a form can be sent at once.
 *
 * @param number of events that were sent before, for ids of their own.
 */
export function exampleOf({ type = '', fields }: Partial<EventForm> & Pick<EventForm, 'fields'>, number: number, now: number): Given {
  return Object.fromEntries(
    fields.flatMap(({ name, required, inOptional, nullable, input, choices, min }) => {
      if (!required || inOptional || nullable) return [];
      if (name === 'id') return [[name, `try-${String(number).padStart(4, '0')}`]];
      if (name === 'text') return [[name, type.startsWith('customer.') ? 'Hello' : 'A text']];
      const example = EXAMPLES[name];
      if (example !== undefined && input !== 'choice') return [[name, example]];
      if (name === 'until' || name === 'sendAt') return [[name, String(now + HOUR_MS)]];
      return [[name, input === 'choice' ? (choices[0] ?? '') : input === 'number' ? String(min ?? 1) : input === 'boolean' ? 'false' : '']];
    }),
  );
}
