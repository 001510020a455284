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

/** Undefined for a file that is none. */
export type StickerOf = (file: Pick<OutboundFile, 'mimeType' | 'bytes'>) => Promise<OutboundFile['sticker']>;

export function stickersBy(images: Pick<Images, 'measure'>): StickerOf {
  return async ({ mimeType, bytes }) => {
    if (mimeType !== 'image/webp' || bytes.byteLength > MOST.animated) return undefined;
    const found = await images.measure(bytes);
    if (found?.width !== SIDE || found.height !== SIDE) return undefined;
    const sticker = found.isAnimated ? 'animated' : 'still';
    return bytes.byteLength <= MOST[sticker] ? sticker : undefined;
  };
}
