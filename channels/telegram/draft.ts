/** Where a draft is shown on Telegram (edited-draft.ts). */
import type { ChatPace } from '../chat-pace.ts';
import { type DraftScreen, UNFINISHED } from '../edited-draft.ts';
import type { MessagePlace, TelegramPeer } from './decode.ts';
import { editInterval } from './limits.ts';
import { MAX_MESSAGE_TEXT, type Part, render } from './render.ts';
import { formatDraftRef, isMigrated, parseDraftRef, type Sender } from './send.ts';

export interface TelegramScreenOptions {
  readonly peer: TelegramPeer;
  readonly sender: Sender;
  readonly pace: ChatPace<number>;
}

export function telegramScreen({ peer, sender, pace }: TelegramScreenOptions): DraftScreen<Part, MessagePlace> {
  return {
    intervalMs: editInterval(peer.chat),
    parts: (text) => unfinished(render(text)),
    fingerprint: ({ text, entities }) => JSON.stringify([text, entities]),
    turn: async (signal) => {
      const chat = sender.chatOf(peer);
      const done = await pace.edit(chat, signal);
      // If the group became another chat during the wait, the slot is not of that chat.
      return { done, valid: sender.chatOf(peer) === chat };
    },
    put: (part, existing) => sender.put(peer, part, existing),
    moved: (before, after) => before.chat !== after.chat,
    passes: isMigrated,
    format: formatDraftRef,
    parse: (ref) => parseDraftRef(ref, peer.chat),
  };
}

function unfinished(parts: readonly Part[]): readonly Part[] {
  const last = parts.at(-1);
  if (last === undefined || last.text.length + UNFINISHED.length > MAX_MESSAGE_TEXT) return parts;
  return [...parts.slice(0, -1), { ...last, text: last.text + UNFINISHED }];
}
