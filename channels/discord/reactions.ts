/**
 * Reactions of the bot. Discord lets it have several on one message, and a conversation has one, so
 * any other is removed. Discord itself says which that is.
 *
 * https://docs.discord.com/developers/resources/message#create-reaction
 */
import * as z from 'zod';
import type { DiscordApi } from './api.ts';
import type { Sdk } from './sdk.ts';

/** `id` is of an emoji of a server. The bot gives none of those. */
const emojiShape = z.object({ id: z.string().nullish(), name: z.string().nullish() });
const withReactions = z.object({ reactions: z.array(z.object({ me: z.boolean(), emoji: emojiShape })).default([]) });
const anything = z.unknown();

export interface ReactionChange {
  readonly channel: string;
  readonly message: string;
  /** Null removes what is there. */
  readonly emoji: string | null;
  readonly signal: AbortSignal;
}

/** Made again, it changes nothing more. Throws what `DiscordApi.call` throws. */
export async function changeReaction(
  { api, routes }: { readonly api: DiscordApi; readonly routes: Sdk['Routes'] },
  { channel, message, emoji, signal }: ReactionChange,
): Promise<void> {
  const route = (name: string) => routes.channelMessageOwnReaction(channel, message, encodeURIComponent(name));
  const { reactions } = await api.call(withReactions, 'get', routes.channelMessage(channel, message), { signal });
  const own = reactions.flatMap(({ me, emoji: { id, name } }) => (me && id == null && name != null ? [name] : []));
  const others = own.filter((name) => emoji === null || bare(name) !== bare(emoji));
  // First the new one, because Discord may refuse it, and the other one stays then.
  if (emoji !== null && others.length === own.length) await api.call(anything, 'put', route(inColour(emoji)), { signal });
  for (const name of others) await api.call(anything, 'delete', route(name), { signal });
}

/** Two that differ by the selector alone are one emoji. */
function bare(emoji: string): string {
  return emoji.replaceAll('\uFE0F', '');
}

/** Discord knows an emoji by the form with the selector that shows it in colour. */
function inColour(emoji: string): string {
  return emoji.replaceAll(/(?!\p{Emoji_Presentation})\p{Emoji}(?![\uFE0F\p{Emoji_Modifier}])/gu, '$&\uFE0F');
}
