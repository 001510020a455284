/**
 * Reads a benchmark's command line. `--help`, `--quick` and `--json` are flags. Every other option
 * has a value.
 */
import { parseArgs } from 'node:util';
import * as z from 'zod';

export const count = z.coerce.number<string>().int().positive();
export const list = z.string().transform((text) => text.split(','));

/** More turns in flight than there are conversations can't be. */
export function checkInFlight({
  concurrency,
  conversations,
}: {
  readonly concurrency: readonly number[];
  readonly conversations: number;
}): void {
  const most = Math.max(...concurrency);
  if (most > conversations) throw new Error(`${most} turns in flight need as many conversations: give --conversations ${most} or more`);
}

interface CommandLine<T> {
  readonly schema: z.ZodType<T>;
  /** Of the options with a value. */
  readonly names: readonly string[];
  /**
   * Values of options that are not given, by name. `quick` has those of `--quick`, `full` those
   * without it.
   */
  readonly quick: Readonly<Record<string, string>>;
  readonly full: Readonly<Record<string, string>>;
  readonly help: string;
}

/** Throws an error that lists every fault. */
export function readArguments<T>(args: readonly string[], { schema, names, quick, full, help }: CommandLine<T>): T | 'help' {
  const flag = { type: 'boolean' } as const;
  const valued = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  const { values } = parseArgs({ args: [...args], options: { help: flag, quick: flag, json: flag, ...valued } });
  if (values['help']) return 'help';
  const result = schema.safeParse({ ...(values['quick'] ? quick : full), ...values });
  if (!result.success) throw new Error(`${z.prettifyError(result.error)}\n\n${help}`);
  return result.data;
}
