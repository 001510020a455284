/**
 * Images of customers, measured and made smaller by libvips (sharp). Their bytes come from anyone,
 * so only the decoders of four formats are on, and the pixels and the time of one are bounded.
 */
import type { Sharp, SharpConstructor } from 'sharp';

export interface Images {
  /** Of the header alone. Undefined like `look`. */
  measure(bytes: Uint8Array): Promise<MeasuredImage | undefined>;
  /** Undefined for bytes that are no image of these formats, or one that cannot be read. */
  look(bytes: Uint8Array): Promise<LookedAt | undefined>;
  /** As large as a model looks at, in a format that it reads. Undefined like `look`. */
  forModel(bytes: Uint8Array): Promise<ModelImage | undefined>;
}

export interface MeasuredImage {
  /** Pixels, of one frame of an animation. */
  readonly width: number;
  readonly height: number;
  readonly isAnimated: boolean;
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

/**
 * Bytes of a file that is read into memory to be looked at. A larger one is kept as it is, without
 * what is seen in it.
 */
export const MAX_LOOKED_AT = 20_000_000;

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

/**
 * The library is loaded with the first image.
 * @param onMissing called once if it has no build for this machine. Then no image can be read.
 */
export function createImages(onMissing: (error: unknown) => void): Images {
  let loading: Promise<SharpConstructor | undefined> | undefined;

  async function load() {
    try {
      const { default: sharp } = await import('sharp');
      sharp.block({ operation: ['VipsForeignLoad'] });
      sharp.unblock({ operation: LOADERS });
      sharp.cache(false);
      return sharp;
    } catch (error) {
      onMissing(error);
      return undefined;
    }
  }

  /** Undefined also for what is wrong with an image, for which sharp throws plain errors. */
  async function read<T>(bytes: Uint8Array, work: (open: () => Sharp) => Promise<T>): Promise<T | undefined> {
    loading ??= load();
    const sharp = await loading;
    if (sharp === undefined) return undefined;
    const open = () =>
      sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true }).timeout({ seconds: MAX_SECONDS });
    try {
      return await work(open);
    } catch {
      return undefined;
    }
  }

  return {
    measure: (bytes) =>
      read(bytes, async (open) => {
        const { width, height, pageHeight = height, pages = 1 } = await open().metadata();
        return { width, height: pageHeight, isAnimated: pages > 1 };
      }),
    look: (bytes) =>
      read(bytes, async (open) => {
        const { width, height } = (await open().metadata()).autoOrient;
        const { bytes: thumbnail } = await smaller(open(), THUMBNAIL, THUMBNAIL, 75);
        return { width, height, thumbnail };
      }),
    forModel: (bytes) =>
      read(bytes, async (open) => {
        const { width, height } = (await open().metadata()).autoOrient;
        const scale = Math.min(1, MODEL_SIDE / Math.max(width, height), Math.sqrt(MODEL_PIXELS / (width * height)));
        const image = await smaller(open(), Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale)), 85);
        return { mimeType: 'image/webp', ...image };
      }),
  };
}

/** The first frame of an animation. */
async function smaller(image: Sharp, width: number, height: number, quality: number) {
  const box = { width, height, fit: 'inside', withoutEnlargement: true } as const;
  const { data, info } = await image.autoOrient().resize(box).webp({ quality }).toBuffer({ resolveWithObject: true });
  return { bytes: new Uint8Array(data), width: info.width, height: info.height };
}
