/**
 * The context that a model would get for a stored session now. Its assistant builds it from the
 * session as a turn reads it.
 */

import type { Registry } from '#actors/contract/registry.ts';
import { readSession } from '#actors/session/activation.ts';
import type { Moment } from '#actors/session/moment.ts';
import type { BuiltContext } from '#machines/session/built-context.ts';
import type { SessionRow } from '#storage/port.ts';

/** Undefined if the assistant uses no model. Throws what reading the session throws. */
export function contextReader(registry: Registry, now: () => number) {
  return (row: SessionRow, messages: number | undefined): BuiltContext | undefined => {
    const describe = registry.assistant(row.assistant)?.binding.describeContext;
    if (describe === undefined) return undefined;
    const at = now();
    return describe(readSession(registry, row, at).snapshot.machine.context, { messages, now: at });
  };
}

/** The same at a past moment. Undefined also if the context is none of its machine's. */
export function promptReader(registry: Registry) {
  return (assistant: string, { context, cause }: Pick<Moment, 'context' | 'cause'>): BuiltContext | undefined => {
    try {
      return registry.assistant(assistant)?.binding.describeContext?.(context, { now: cause.at });
    } catch {
      return undefined;
    }
  };
}
