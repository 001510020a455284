/** Which files messengers take as stickers, of real pictures. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contentOf } from '#machines/file-content.ts';
import { createImages } from '#src/media/images.ts';
import { stickersBy } from '#src/media/stickers.ts';
import { image } from './samples.ts';

const stickerOf = stickersBy(
  createImages((error) => {
    throw error;
  }),
);
const webp = (bytes: Uint8Array) => stickerOf({ mimeType: 'image/webp', ...contentOf(bytes) });

/** Frames of one size, one above the other. */
async function animated(side: number, frames: number): Promise<Buffer> {
  const create = { width: side, height: side * frames, channels: 3, background: '#3a7', pageHeight: side } as const;
  const noise = sharp({ create: { ...create, noise: { type: 'gaussian', mean: 128, sigma: 30 } } });
  return await noise.webp({ loop: 0, delay: Array.from({ length: frames }, () => 100) }).toBuffer();
}

describe('a sticker', () => {
  it('is a WebP picture of 512 by 512 pixels, also an animated one', async () => {
    expect(await webp(await image('webp', 512, 512))).toBe('still');
    const moving = await animated(512, 3);
    expect(moving.byteLength).toBeGreaterThan(100_000);
    expect(await webp(moving)).toBe('animated');
  });

  it('is no picture of another size, nor a still or animated one that is too large', async () => {
    expect(await webp(await image('webp', 512, 511))).toBeUndefined();
    expect(await webp(await animated(512, 30))).toBeUndefined();
    expect(await webp(await animated(512, 1).then((still) => Buffer.concat([still, Buffer.alloc(100_000)])))).toBeUndefined();
  });

  it('is nothing of another type, and no bytes that are none', async () => {
    expect(await stickerOf({ mimeType: 'image/png', ...contentOf(await image('png', 512, 512)) })).toBeUndefined();
    expect(await webp(Buffer.from('RIFF....WEBPVP8 and no more'))).toBeUndefined();
    expect(await webp(Buffer.alloc(0))).toBeUndefined();
  });
});
