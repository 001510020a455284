/** Facts of a session as people read them, by what the assistant says of its fields. */
import * as z from 'zod/mini';
import type { ChatLanguage } from '../chat/strings.ts';
import { type EntityValue, factName, readable } from './session-facts.ts';

const words = z.object({ en: z.string(), ar: z.string() });
export const factFields = z.record(
  z.string(),
  z.object({
    label: words,
    /** The field with the code of the currency. */
    currency: z.optional(z.string()),
    /** The field with the upper end, and the label of both together. */
    range: z.optional(z.object({ to: z.string(), label: words })),
    unit: z.optional(words),
    values: z.optional(z.record(z.string(), words)),
  }),
);
export type FactFields = z.infer<typeof factFields>;
type Field = FactFields[string];
type Entities = Readonly<Record<string, EntityValue>>;

const TAGS: Readonly<Record<ChatLanguage, string>> = { en: 'en-GB', ar: 'ar-EG' };

/** Facts of one row. A range has its two ends, and all others one. */
export interface FactRow {
  readonly names: readonly string[];
  readonly label: string;
  readonly text: string;
}

/** In the order of the facts. The upper end of a range is where its lower end is. */
export function factRows(entities: Entities, fields: FactFields, language: ChatLanguage): readonly FactRow[] {
  const upper = new Set(
    Object.keys(entities).flatMap((name) => (rangeOf(name, entities, fields) === undefined ? [] : [fields[name]?.range?.to])),
  );
  return Object.entries(entities).flatMap(([name, value]) => {
    if (upper.has(name)) return [];
    const range = rangeOf(name, entities, fields);
    const field = own(fields, name);
    return [
      {
        names: range === undefined ? [name] : [name, range.to],
        label: range === undefined ? labelOf(name, fields, language) : range.label[language],
        text: range === undefined ? shown(value, field, entities, language) : amount(range.numbers, field, entities, language),
      },
    ];
  });
}

/** The assistant's word for a field, else its name. */
export function labelOf(name: string, fields: FactFields, language: ChatLanguage): string {
  return own(fields, name)?.label[language] ?? factName(name);
}

/** One fact alone. */
export function factText(name: string, entities: Entities, fields: FactFields, language: ChatLanguage): string {
  const value = own(entities, name);
  return value === undefined ? '' : shown(value, own(fields, name), entities, language);
}

/** Writes a fact out that need not be one of the session any more. */
export interface FactWords {
  readonly label: (name: string) => string;
  readonly value: (name: string, value: EntityValue) => string;
}

export function factWords(entities: Entities, fields: FactFields, language: ChatLanguage): FactWords {
  return {
    label: (name) => labelOf(name, fields, language),
    value: (name, value) => factText(name, { ...entities, [name]: value }, fields, language),
  };
}

function rangeOf(name: string, entities: Entities, fields: FactFields) {
  const range = own(fields, name)?.range;
  const [from, to] = [own(entities, name), range && own(entities, range.to)];
  return range !== undefined && typeof from === 'number' && typeof to === 'number' && from < to
    ? { ...range, numbers: [from, to] as const }
    : undefined;
}

function shown(value: EntityValue, field: Field | undefined, entities: Entities, language: ChatLanguage): string {
  if (typeof value === 'number') return amount([value], field, entities, language);
  if (field?.values === undefined) return readable(value, TAGS[language]);
  const { values } = field;
  const word = (one: EntityValue): EntityValue => (typeof one === 'string' ? (own(values, one)?.[language] ?? one) : one);
  return readable(Array.isArray(value) ? value.map(word) : word(value), TAGS[language]);
}

const MILLION = 1_000_000;
/** A million is written as a word if that leaves nothing out. */
const EXACT = 10_000;

/** One number, or the two ends of a range, with the currency or the unit behind it. */
function amount(numbers: readonly [number, number?], field: Field | undefined, entities: Entities, language: ChatLanguage): string {
  const code = field?.currency === undefined ? undefined : own(entities, field.currency);
  const isMoney = field?.currency !== undefined;
  const known = numbers.filter((one) => one !== undefined);
  const isShort = isMoney && known.every((one) => one >= MILLION && one % EXACT === 0);
  const format = new Intl.NumberFormat(TAGS[language], {
    maximumFractionDigits: isShort ? 2 : 6,
    ...(isShort ? { notation: 'compact', compactDisplay: 'long' } : {}),
  });
  const [from, to] = numbers;
  const text = to === undefined ? format.format(from) : format.formatRange(from, to);
  const behind = typeof code === 'string' ? currencyName(code, language) : field?.unit?.[language];
  return behind === undefined ? text : `${text}${/^[%٪]$/.test(behind) ? '' : '\u00a0'}${behind}`;
}

function currencyName(code: string, language: ChatLanguage): string {
  if (language === 'en') return code;
  try {
    return new Intl.DisplayNames(TAGS[language], { type: 'currency' }).of(code) ?? code;
  } catch {
    return code;
  }
}

function own<V>(record: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
