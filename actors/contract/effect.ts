import * as z from 'zod';
import type { EntryDescription } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { EffectContext, EffectDefinition, EffectResult } from './api.ts';

/** How often an effect is tried by default. With doubling waits that takes about half a minute. */
const ATTEMPTS = 8;

/** An effect definition with its params' type closed over, as the registry keeps it. */
export interface Effect {
  readonly type: string;
  readonly lane: 'address' | 'none';
  readonly attempts: number;
  /** Throws `StatechatError` code `invalid_params`. */
  readonly describe: (params: unknown) => (EntryDescription & { readonly message?: boolean }) | undefined;
  /** Undefined if the effect has to be run. Throws `StatechatError` code `invalid_params`. */
  readonly settledByCommit: (params: unknown, context: Pick<EffectContext, 'address' | 'key'>) => EffectResult | undefined;
  /** Rejects with `StatechatError` code `invalid_params`, or with what the effect throws. */
  readonly run: (params: unknown, context: EffectContext) => Promise<EffectResult | undefined>;
}

export function defineEffect<P>(definition: EffectDefinition<P>): Effect {
  const { type, lane, attempts = ATTEMPTS } = definition;
  const parse = (params: unknown): P => {
    const result = definition.params.safeParse(params);
    if (result.success) return result.data;
    throw new StatechatError('invalid_params', `effect "${type}" does not take these params: ${z.prettifyError(result.error)}`);
  };
  return {
    type,
    lane,
    attempts,
    describe: (params) => definition.describe?.(parse(params)),
    settledByCommit: (params, context) => definition.settledByCommit?.(parse(params), context),
    run: async (params, context) => definition.run(parse(params), context),
  };
}
