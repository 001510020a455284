/** How messages are named outside their channel. Web pages use it too, so it imports nothing. */

/**
 * The provider's own id in the id of an event, which begins with a word for the channel and maybe
 * the chat, such as `tg:100:`. A message of ours is known by the provider's id alone, except in a
 * group of Telegram. Such a group can become another chat, where ids start again.
 */
export function idAtChannel(id: string): string {
  return id.startsWith('tg:-') ? id : id.slice(id.lastIndexOf(':') + 1);
}
