/**
 * Hook that caches tool results (A5) for all sessions of this process. It is for tools whose result
 * depends on their input alone. A tool that acts for one customer must not be cached.
 */
import { LRUCache } from 'lru-cache';
import type { Json } from '#machines/definition.ts';
import { fingerprintOf } from './approvals/gate.ts';
import type { Hook } from './hooks.ts';

export interface ResultCacheOptions {
  /** By the tool's name, how many milliseconds its results stay true. */
  readonly tools: Readonly<Record<string, number>>;
  /**
   * Characters of all results together, as JSON. Default 10,000,000. The least recently used is
   * dropped first.
   */
  readonly maxSize?: number;
  /** Milliseconds of a clock that never goes back. Default is the process's clock. */
  readonly now?: () => number;
}

export function resultCache({ tools, maxSize = 10_000_000, now = () => performance.now() }: ResultCacheOptions): Hook {
  const known = new LRUCache<string, { readonly result: Json }>({
    maxSize,
    sizeCalculation: ({ result }) => JSON.stringify(result).length,
    ttlResolution: 0,
    perf: { now },
  });
  const keyOf = ({ name, input }: { readonly name: string; readonly input: Json }): string => fingerprintOf({ tool: name, input });
  return {
    name: 'result cache',
    onToolUse: (call) => (Object.hasOwn(tools, call.name) ? known.get(keyOf(call)) : undefined),
    onToolResult: (outcome, call) => {
      // A failure may be over by the next call.
      const ttl = outcome.ok && Object.hasOwn(tools, call.name) ? tools[call.name] : undefined;
      if (ttl !== undefined) known.set(keyOf(call), { result: outcome.value }, { ttl });
      return undefined;
    },
  };
}
