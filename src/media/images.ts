/**
 * Images of customers, measured and made smaller by libvips (sharp). Their bytes come from anyone,
 * so only the decoders of four formats are on, and the pixels and the time of one are bounded.
 */
import { StatechatError } from '#machines/errors.ts';

export interface Images {
  /** Undefined for bytes that are no image of these formats, or one that cannot be read. */
  look(bytes: Uint8Array): Promise<LookedAt | undefined>;
  /** As large as a model looks at, in a format that it reads. Undefined like `look`. */
  forModel(bytes: Uint8Array): Promise<ModelImage | undefined>;
}

export interface LookedAt {
  /** Pixels, as it is shown. */
  readonly width: number;
  readonly height: number;
  /** WebP, without what cameras write into images, such as the place. */
  readonly thumbnail: Uint8Array;
}

export interface ModelImage {
  readonly mimeType: 'image/webp';
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Formats that are shown and that models see. */
export const IMAGE_TYPES: readonly string[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/** Pixels of an image that is decoded. Phones make some of 50 million. */
const MAX_PIXELS = 60_000_000;
/** Seconds for one image. */
const MAX_SECONDS = 15;
/** Longer side of a thumbnail in pixels, sharp on dense screens at half the size. */
const THUMBNAIL = 512;
/**
 * Longest side and pixels that Anthropic's models look at. They make larger images smaller, and
 * charge for what they look at (docs.anthropic.com, Vision).
 */
const MODEL_SIDE = 1_568;
const MODEL_PIXELS = 1_150_000;

const LOADERS = ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadNsgif', 'VipsForeignLoadWebp'];

/** Throws code `no_images` where sharp has no build for this machine. */
export async function openImages(): Promise<Images> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new StatechatError('no_images', 'there is no build of sharp for this machine, so images have no thumbnails', { cause });
  });
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  sharp.cache(false);

  function decoder(bytes: Uint8Array) {
    return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true }).timeout({ seconds: MAX_SECONDS });
  }

  async function sizeOf(bytes: Uint8Array) {
    const { autoOrient } = await decoder(bytes).metadata();
    return autoOrient;
  }

  async function made(bytes: Uint8Array, width: number, height: number, quality: number) {
    const box = { width, height, fit: 'inside', withoutEnlargement: true } as const;
    const { data, info } = await decoder(bytes).autoOrient().resize(box).webp({ quality }).toBuffer({ resolveWithObject: true });
    return { bytes: new Uint8Array(data), width: info.width, height: info.height };
  }

  return {
    look: (bytes) =>
      unlessUnreadable(async () => {
        const { width, height } = await sizeOf(bytes);
        const { bytes: thumbnail } = await made(bytes, THUMBNAIL, THUMBNAIL, 75);
        return { width, height, thumbnail };
      }),
    forModel: (bytes) =>
      unlessUnreadable(async () => {
        const { width, height } = await sizeOf(bytes);
        const scale = Math.min(1, MODEL_SIDE / Math.max(width, height), Math.sqrt(MODEL_PIXELS / (width * height)));
        const image = await made(bytes, Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale)), 85);
        return { mimeType: 'image/webp', ...image };
      }),
  };
}

/** Where there is no build of sharp. Images are kept like other files. */
export const noImages: Images = { look: async () => undefined, forModel: async () => undefined };

/** sharp throws plain errors for everything that is wrong with an image. */
async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
