/** Fields of a form for one type of event, from the JSON Schema of a machine's events. Pure. */
import * as z from 'zod/mini';

export interface EventField {
  readonly name: string;
  readonly required: boolean;
  /** `json` for what has no input of its own. */
  readonly input: 'text' | 'number' | 'boolean' | 'choice' | 'json';
  readonly choices: readonly string[];
}

export interface EventForm {
  readonly type: string;
  readonly fields: readonly EventField[];
}

const property = z.looseObject({
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  const: z.optional(z.json()),
  enum: z.optional(z.array(z.json())),
});
const variant = z.looseObject({ properties: z.record(z.string(), property), required: z.optional(z.array(z.string())) });
const schema = z.union([z.looseObject({ oneOf: z.array(variant) }), z.looseObject({ anyOf: z.array(variant) })]);

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
      const fields = Object.entries(properties).flatMap(([name, { type: kind, enum: choices }]): EventField[] => {
        // The time is that of the sandbox.
        if (name === 'type' || name === 'at') return [];
        return [{ name, required: required.includes(name), input: inputOf(kind, choices), choices: (choices ?? []).map(String) }];
      });
      return [{ type, fields }];
    });
}

function inputOf(kind: string | readonly string[] | undefined, choices: readonly unknown[] | undefined): EventField['input'] {
  if (choices !== undefined) return 'choice';
  if (kind === 'string') return 'text';
  if (kind === 'number' || kind === 'integer') return 'number';
  return kind === 'boolean' ? 'boolean' : 'json';
}

/** Undefined if a field holds what its input cannot be. Empty optional fields are left out. */
export function eventOf({ type, fields }: EventForm, given: Readonly<Record<string, string>>): object | undefined {
  const event: [string, unknown][] = [['type', type]];
  for (const { name, required, input } of fields) {
    const text = given[name] ?? '';
    if (text === '' && !(required && input === 'text')) {
      if (required) return undefined;
      continue;
    }
    const value = readValue(text, input);
    if (value === undefined) return undefined;
    event.push([name, value]);
  }
  return Object.fromEntries(event);
}

function readValue(text: string, input: EventField['input']): unknown {
  if (input === 'text' || input === 'choice') return text;
  if (input === 'boolean') return text === 'true';
  if (input === 'number') return Number.isFinite(Number(text)) ? Number(text) : undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a person would likely send, so that a form can be sent at once. */
export function exampleOf({ type, fields }: EventForm, number: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap(({ name, required, input, choices }) => {
      if (!required) return [];
      if (name === 'id') return [[name, `try-${number}`]];
      if (name === 'agent') return [[name, '{"id":"tester","name":"Tester"}']];
      if (name === 'text') return [[name, type.startsWith('customer.') ? 'Hello' : 'A text']];
      return [[name, input === 'choice' ? (choices[0] ?? '') : input === 'number' ? '1' : input === 'boolean' ? 'false' : '']];
    }),
  );
}
