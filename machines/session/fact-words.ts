/** Facts of a session as people read them, by what the assistant says of its fields. Pure. */
import type { Json } from '../definition.ts';
import type { FactField, FactFields } from './fact-fields.ts';

type Language = 'en' | 'ar';
type Entities = Readonly<Record<string, Json>>;

const TAGS: Readonly<Record<Language, string>> = { en: 'en-GB', ar: 'ar-EG' };

/** Facts of one row. A range has its two ends, and all others one. */
export interface FactRow {
  readonly names: readonly string[];
  readonly label: string;
  readonly text: string;
}

/** In the order of the facts. The upper end of a range is where its lower end is. */
export function factRows(entities: Entities, fields: FactFields, language: Language): readonly FactRow[] {
  const upper = new Set(Object.keys(entities).map((name) => rangeOf(name, entities, fields)?.to));
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

/** The assistant's word for a field, or else its name. */
export function labelOf(name: string, fields: FactFields, language: Language): string {
  return own(fields, name)?.label[language] ?? factName(name);
}

/** One fact alone. */
export function factText(name: string, entities: Entities, fields: FactFields, language: Language): string {
  const value = own(entities, name);
  return value === undefined ? '' : shown(value, own(fields, name), entities, language);
}

/** Writes a fact out that need not be one of the session any more. */
export interface FactWords {
  readonly label: (name: string) => string;
  readonly value: (name: string, value: Json) => string;
}

export function factWords(entities: Entities, fields: FactFields, language: Language): FactWords {
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

function shown(value: Json, field: FactField | undefined, entities: Entities, language: Language): string {
  if (typeof value === 'number') return amount([value], field, entities, language);
  if (field?.values === undefined) return readable(value, TAGS[language]);
  const { values } = field;
  const word = (one: Json): Json => (typeof one === 'string' ? (own(values, one)?.[language] ?? one) : one);
  return readable(Array.isArray(value) ? value.map(word) : word(value), TAGS[language]);
}

/** `budgetMax` as "budget max". What is no name of a field stays as it is. */
export function factName(name: string): string {
  if (!/^[a-z][a-zA-Z0-9_]*$/.test(name)) return name;
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

/** A month, a day, or a day with a time. */
const LOCAL_TIME = /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2}))?)?$/;

/**
 * A value as people write it, with grouped numbers, lists by commas, and days and months by name.
 * `languageTag` is BCP 47.
 */
export function readable(value: Json, languageTag: string): string {
  if (typeof value === 'number') return new Intl.NumberFormat(languageTag, { maximumFractionDigits: 6 }).format(value);
  if (Array.isArray(value))
    return new Intl.ListFormat(languageTag, { type: 'unit', style: 'short' }).format(value.map((one) => readable(one, languageTag)));
  if (typeof value !== 'string') return JSON.stringify(value);
  const local = LOCAL_TIME.exec(value);
  if (local !== null) {
    const [, year, month, day, time] = local;
    const at = new Date(`${year}-${month}-${day ?? '01'}T${time ?? '00:00'}:00Z`);
    const options: Intl.DateTimeFormatOptions =
      day === undefined ? { year: 'numeric', month: 'long' } : { dateStyle: 'full', ...(time === undefined ? {} : { timeStyle: 'short' }) };
    if (!Number.isNaN(at.getTime())) return new Intl.DateTimeFormat(languageTag, { timeZone: 'UTC', ...options }).format(at);
  }
  // A word of a list of values.
  return /^[a-z]+(?:_[a-z]+)+$/.test(value) ? value.replaceAll('_', ' ') : value;
}

const MILLION = 1_000_000;
/** A million is written as a word if that leaves nothing out. */
const EXACT = 10_000;

/** One number, or the two ends of a range, with the currency or the unit behind it. */
function amount(numbers: readonly [number, number?], field: FactField | undefined, entities: Entities, language: Language): string {
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

function currencyName(code: string, language: Language): string {
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
