/**
 * An answer in the making is shown below everything that was said before it: an earlier message of the address may still
 * be on its way (held back by the provider, or left behind by a process that died), and must not arrive under it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Draft } from '#channels/port.ts';

export interface OrderlyDraftParts {
  readonly draft: Draft;
  /** Whether everything before it was delivered. Rejects when that cannot be told now. */
  readonly clear: () => Promise<boolean>;
  readonly signal: AbortSignal;
  /** Between two looks, in milliseconds. */
  readonly pollMs: number;
}

export function orderlyDraft({ draft, clear, signal, pollMs }: OrderlyDraftParts): Draft {
  const closing = new AbortController();
  const over = AbortSignal.any([signal, closing.signal]);
  let latest: string | undefined;
  let shows = false;

  async function wait(): Promise<void> {
    while (!over.aborted && !(await clear().catch(() => false))) await delay(pollMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    shows = true;
    if (latest !== undefined) draft.update(latest);
  }
  const waiting = wait();

  return {
    update: (text) => {
      latest = text;
      if (shows) draft.update(text);
    },
    close: async () => {
      closing.abort();
      await waiting;
      return draft.close();
    },
  };
}
