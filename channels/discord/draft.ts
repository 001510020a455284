/** Where a draft is shown on Discord (edited-draft.ts). */
import type { ChatPace } from '../chat-pace.ts';
import { type DraftScreen, UNFINISHED } from '../edited-draft.ts';
import { EDIT_INTERVAL } from './limits.ts';
import type { DiscordPeer } from './peer.ts';
import { MAX_MESSAGE_TEXT, type Part, render } from './render.ts';
import { formatDraftRef, parseDraftRef, type Sender } from './send.ts';

export interface DiscordScreenOptions {
  readonly peer: DiscordPeer;
  readonly sender: Sender;
  readonly pace: ChatPace<string>;
}

export function discordScreen({ peer, sender, pace }: DiscordScreenOptions): DraftScreen<Part, string> {
  return {
    intervalMs: EDIT_INTERVAL,
    parts: (text) => unfinished(render(text, { mention: peer.user })),
    fingerprint: ({ content }) => content,
    turn: async (signal) => ({ done: await pace.edit(peer.channel, signal), valid: true }),
    put: (part, existing) => sender.put(peer, part, existing),
    format: formatDraftRef,
    parse: parseDraftRef,
  };
}

function unfinished(parts: readonly Part[]): readonly Part[] {
  const last = parts.at(-1);
  if (last === undefined || last.content.length + UNFINISHED.length > MAX_MESSAGE_TEXT) return parts;
  return [...parts.slice(0, -1), { ...last, content: last.content + UNFINISHED }];
}
