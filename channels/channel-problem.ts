/**
 * What is wrong with a channel and how to fix it. A channel has a catalogue of its problems in
 * English (`problems.ts` in its folder). The console writes the same problems in the language of
 * its reader, by their codes.
 *
 * @example
 *
 *     const problem = problemsOf('echo', { taken: 'Port {port} is taken: set ECHO_PORT.' });
 *     problem('taken', { port: '7007' }).text // 'Port 7007 is taken: set ECHO_PORT.'
 */
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';

const known = z.object({
  /** `{channel}.{kind}`. */
  code: z.string(),
  /** What stands in the places of the text, such as an address or the provider's own words. */
  params: z.record(z.string(), z.string()),
  /** Sentence for operators who read English, for `statechat doctor` and for logs. */
  text: z.string(),
});
export type KnownProblem = Readonly<z.infer<typeof known>>;

export const channelProblem = z.union([known, z.string()]);
/** A string is the sentence of a channel without a catalogue, and is shown as it is. */
export type ChannelProblem = KnownProblem | string;

export function problemText(problem: ChannelProblem): string {
  return typeof problem === 'string' ? problem : problem.text;
}

/** Names of the places of a text. Any name where the compiler does not know the text. */
type Places<S extends string> = string extends S ? string : S extends `${string}{${infer P}}${infer Rest}` ? P | Places<Rest> : never;

/** Makes the problems of a catalogue. A text has places such as `{root}`. */
export function problemsOf<const T extends Readonly<Record<string, string>>>(channel: string, texts: T) {
  return <K extends keyof T & string>(kind: K, params: Readonly<Record<Places<T[K]>, string>>): KnownProblem => {
    const { ...given }: Record<string, string> = params;
    return { code: `${channel}.${kind}`, params: given, text: filled(texts[kind], given) };
  };
}

function filled(text: string = '', params: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => params[name] ?? place);
}

/** Of every channel. */
export const COMMON_PROBLEMS = {
  unreachable: '{provider} cannot be reached at {root}: check the network and {setting} ({reason}).',
  silent: 'It does not answer within {seconds} s: check the network.',
  check_failed: 'The check of {provider} failed: {reason}',
} as const;
export const commonProblem = problemsOf('channel', COMMON_PROBLEMS);

/** The problem that an error is, if its class says so by a `problem`. */
export function problemOf(error: unknown): KnownProblem | undefined {
  return error instanceof Error && 'problem' in error ? known.safeParse(error.problem).data : undefined;
}

/** Why a check of a provider failed. `setting` names the setting with its root. */
export function failedCheck(
  error: unknown,
  at: { readonly provider: string; readonly root: string; readonly setting: string },
): KnownProblem {
  const found = problemOf(error);
  if (found !== undefined) return found;
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof Unavailable
    ? commonProblem('unreachable', { ...at, reason })
    : commonProblem('check_failed', { provider: at.provider, reason });
}
