/**
 * A setting is one name of the environment with its schema and its documentation. The program has a
 * table of them, and each channel plugin has its own. `docs/reference/configuration.md` and
 * `.env.example` are generated from these tables.
 */
import * as z from 'zod';
import { Secret } from './secret.ts';

export interface Setting {
  /** Parses the text of the environment. The message of an issue says what is expected. */
  readonly schema: z.ZodType;
  /**
   * Default, as an operator would write it. If it is absent, the setting is unset by default and
   * `about` explains what that means.
   */
  readonly fallback?: string;
  /**
   * What it does, what it trades and when to leave it alone, in one or two sentences of Markdown.
   */
  readonly about: string;
  /** The value never appears in a message. Its schema gives a `Secret`. */
  readonly secret?: true;
}

export type SettingTable = Readonly<Record<string, Setting>>;

/** What a setting is read to. A setting without a fallback may be unset. */
export type ValueOf<S extends Setting> = z.output<S['schema']> | (S extends { readonly fallback: string } ? never : undefined);

export type ValuesOf<T extends SettingTable> = { readonly [N in keyof T]: ValueOf<T[N]> };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Something wrong with the configuration. */
export interface SettingFault {
  /** Name of the setting. */
  readonly name: string;
  /** What is wrong and what is expected instead. Never contains a secret. */
  readonly fault: string;
}

/**
 * Reads one setting. An empty text counts as unset. After a fault the fallback is used, so that
 * the caller finds the other faults too before it refuses all of them.
 */
export function readSetting(name: string, setting: Setting, environment: Environment, report: (fault: SettingFault) => void): unknown {
  const { schema, fallback } = setting;
  const text = environment[name]?.trim() || fallback;
  if (text === undefined) return undefined;
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const given = setting.secret ? '' : `"${text.slice(0, 80)}" given; `;
  for (const issue of result.error.issues) report({ name, fault: `${given}${issue.message}.` });
  return fallback === undefined ? undefined : schema.parse(fallback);
}

/** Reads every setting of a table. */
export function readSettings(
  table: SettingTable,
  environment: Environment,
  report: (fault: SettingFault) => void,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, readSetting(name, setting, environment, report)]));
}

/** A number in a range. Its message names the unit. */
export function quantity(unit: string, min: number, max: number, whole = false) {
  const expected = `expected ${whole ? 'a whole number' : 'a number'}${unit && ` of ${unit}`} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max && (!whole || Number.isInteger(value)), expected);
}

export const secret = (schema: z.ZodType<string>) => schema.transform((value) => new Secret(value));

export function url(protocols: readonly string[], example: string) {
  const expected = `expected a URL such as ${example}`;
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), expected);
}

/** URL of an HTTP server, without a slash at the end. */
export const httpUrl = (example: string) => url(['http:', 'https:'], example).transform((text) => text.replace(/\/+$/, ''));
