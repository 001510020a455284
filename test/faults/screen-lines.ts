/**
 * What stands on the screen of a customer on a messenger, line by line. A place is the line with
 * its name.
 */
import { render as discordParts } from '#channels/discord/render.ts';
import { render as telegramParts } from '#channels/telegram/render.ts';
import { render as whatsAppParts } from '#channels/whatsapp-cloud/render.ts';
import { messageSendParams } from '#machines/session/effects.ts';
import type { StoredEntry } from '#test/faults/evidence.ts';

export function placeLine(name: unknown): string {
  return `📍 ${String(name)}`;
}

/** Lines of what was sent to the customer at this address, in order. */
export function expectedLines(address: string, entries: readonly StoredEntry[]): readonly string[] {
  return entries
    .filter(({ kind, text }) => kind.endsWith('.message') && kind !== 'customer.message' && text !== null)
    .flatMap(({ payload }) => linesOf(address, payload.params));
}

function linesOf(address: string, params: unknown): readonly string[] {
  const { text, card } = messageSendParams.parse(params);
  if (address.startsWith('whatsapp:'))
    return whatsAppParts({ text, ...(card === undefined ? {} : { card }) }).map((part) =>
      part.type === 'card' ? placeLine(Object(part.card).name) : part.text,
    );
  if (address.startsWith('discord:')) return discordParts(text, { card }).map(({ content }) => content);
  return telegramParts(text, { card }).map((part) =>
    part.attachment === undefined ? part.text : placeLine(Object(part.attachment).title),
  );
}
