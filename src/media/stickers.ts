/**
 * Which files messengers take as stickers. Those of WhatsApp are WebP pictures of 512 by 512 pixels
 * within these sizes, and Telegram takes them too.
 *
 * https://developers.facebook.com/docs/whatsapp/cloud-api/messages/sticker-messages
 * https://core.telegram.org/stickers
 */
import type { OutboundFile } from '#channels/port.ts';
import type { Images } from './images.ts';

const SIDE = 512;
/** Bytes. */
const MOST = { still: 100_000, animated: 500_000 } as const;

export type IsSticker = (file: Pick<OutboundFile, 'mimeType' | 'bytes'>) => Promise<boolean>;

export function stickersBy(images: Pick<Images, 'measure'>): IsSticker {
  return async ({ mimeType, bytes }) => {
    if (mimeType !== 'image/webp' || bytes.byteLength > MOST.animated) return false;
    const found = await images.measure(bytes);
    if (found?.width !== SIDE || found.height !== SIDE) return false;
    return bytes.byteLength <= (found.isAnimated ? MOST.animated : MOST.still);
  };
}
