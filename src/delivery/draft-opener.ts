/** How an answer in the making is shown at an address: below what was said before it, with a sign that somebody types until there is text. */
import type { Clock } from '#actors/contract/clock.ts';
import type { ChannelAdapter, Draft, DraftOptions } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import { orderlyDraft } from './ordered-draft.ts';
import { typingDraft } from './typing-draft.ts';

export interface DraftOpenerParts {
  readonly channelOf: (address: Address) => ChannelAdapter | undefined;
  /** What is still to be done for an address. */
  readonly pendingWork: (address: Address) => Promise<readonly unknown[]>;
  readonly after: Clock['after'];
}

/** How soon an answer in the making is shown once the message before it has arrived, in milliseconds. */
const POLL_MS = 100;
/** Channels show it for some five seconds. */
const TYPING_MS = 4_500;

export function draftOpener({ channelOf, pendingWork, after }: DraftOpenerParts) {
  return (address: Address, options: DraftOptions): Draft | undefined => {
    const channel = channelOf(address);
    if (channel?.capabilities.streaming !== 'edits') return undefined;
    const { signal } = options;
    const draft = orderlyDraft({
      draft: channel.draft(address, options),
      clear: async () => (await pendingWork(address)).length === 0,
      signal,
      pollMs: POLL_MS,
    });
    return channel.capabilities.typing
      ? typingDraft({ draft, typing: () => channel.typing(address), after, everyMs: TYPING_MS, signal })
      : draft;
  };
}
