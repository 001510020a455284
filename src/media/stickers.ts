/**
 * Which files messengers take as stickers. Those of WhatsApp are WebP pictures of 512 by 512 pixels
 * within these sizes, and Telegram takes them too.
 *
 * https://developers.facebook.com/docs/whatsapp/cloud-api/messages/sticker-messages
 * https://core.telegram.org/stickers
 */
import type { OutboundFile } from '#channels/port.ts';
import { bytesOf } from '#machines/file-content.ts';
import type { Images } from './images.ts';

const SIDE = 512;
/** Bytes. */
const MOST = { still: 100_000, animated: 500_000 } as const;

/** Undefined for a file that is none. */
export type StickerOf = (file: Pick<OutboundFile, 'mimeType' | 'size' | 'read'>) => Promise<OutboundFile['sticker']>;

export function stickersBy(images: Pick<Images, 'measure'>): StickerOf {
  return async (file) => {
    if (file.mimeType !== 'image/webp' || file.size > MOST.animated) return undefined;
    const found = await images.measure(await bytesOf(file, MOST.animated));
    if (found?.width !== SIDE || found.height !== SIDE) return undefined;
    const sticker = found.isAnimated ? 'animated' : 'still';
    return file.size <= MOST[sticker] ? sticker : undefined;
  };
}
