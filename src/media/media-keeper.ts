/**
 * Keeps what customers send. It reads the bytes from the channel, finds out what they are, and puts
 * them into the file store with a thumbnail.
 *
 * Owns what is kept and under which names, and how many at a time. Does not own when (the effect
 * `media.keep`, or a run or a reader that comes before it), and what the session makes of it.
 *
 * Invariants
 * 1. A file is named by the hash of its bytes. The same bytes are stored once in a session, however
 *    often they come and whoever stores them.
 * 2. The type is what the bytes are. One that is not among the types to keep is lost.
 * 3. At most `AT_A_TIME` files are being kept at a time, and one file of a session once. Files that
 *    are kept already and are read do not count.
 */
import { createHash } from 'node:crypto';
import { StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Media } from '#machines/session/events.ts';
import { fileSchema } from '#machines/session/files.ts';
import type { KeptMedia, MediaLoss } from '#machines/session/media.ts';
import type { Files, StoredFile } from '#storage/files.ts';
import { type FileType, isAmong, typeOfFile } from '../operations/file-type.ts';
import { IMAGE_TYPES, type Images } from './images.ts';
import { inTurn } from './in-turn.ts';
import { pdfPages } from './pdf-pages.ts';
import { playingTime } from './playing-time.ts';

export interface MediaPlace {
  readonly sessionId: SessionId;
  readonly address: Address;
}

export type MediaOutcome = { readonly kept: KeptMedia } | { readonly lost: MediaLoss };

export interface MediaKeeper {
  /**
   * Resolves once the bytes are kept, or known to be lost. Rejects with a retryable error if the
   * channel or the store cannot be reached, and with `not_found` if the session does not exist.
   */
  keep(place: MediaPlace, media: Media): Promise<MediaOutcome>;
  /** The file of one that is kept, or is kept now. Undefined if it is lost. Rejects like `keep`. */
  read(place: MediaPlace, media: Media): Promise<StoredFile | undefined>;
}

export interface MediaKeeperParts {
  /** Bytes from the channel. Undefined if it has them no more, or more than `mostBytes`. */
  readonly receivedFile: (address: Address, ref: string, mostBytes: number) => Promise<Uint8Array | undefined>;
  readonly files: Pick<Files, 'get' | 'put'>;
  readonly images: Images;
  readonly maxBytes: number;
  /** Types to keep, as `isAmong` has them. */
  readonly types: readonly string[];
  readonly now: () => number;
}

const AT_A_TIME = 4;

export function createMediaKeeper({ receivedFile, files, images, maxBytes, types, now }: MediaKeeperParts): MediaKeeper {
  const oneOfFew = inTurn(AT_A_TIME);
  const underWay = new Map<string, Promise<MediaOutcome>>();

  function keep(place: MediaPlace, media: Media): Promise<MediaOutcome> {
    const key = `${place.sessionId} ${media.ref}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const work = oneOfFew(() => keepNow(place, media)).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
  }

  async function keepNow({ sessionId, address }: MediaPlace, media: Media): Promise<MediaOutcome> {
    if (media.ref === undefined) return { lost: 'gone' };
    if ((media.size ?? 0) > maxBytes) return { lost: 'too_large' };
    const bytes = await receivedFile(address, media.ref, maxBytes).catch(whatIsRefused);
    if (bytes === undefined) return { lost: 'gone' };
    if (bytes.byteLength === 0) return { lost: 'empty' };
    if (bytes.byteLength > maxBytes) return { lost: 'too_large' };
    const type = await typeOfFile('', bytes);
    if (!isAmong(types, type.mimeType)) return { lost: 'type' };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const at = now();
    const file = `${sessionId}.media-${sha256}`;
    const name = nameOfMedia(media, type);
    await files.put({ id: file, sessionId, name, mimeType: type.mimeType, bytes, at });
    const looked = IMAGE_TYPES.includes(type.mimeType) ? await images.look(bytes) : undefined;
    const thumbnail = `${sessionId}.thumbnail-${sha256}`;
    if (looked !== undefined)
      await files.put({ id: thumbnail, sessionId, name: 'thumbnail.webp', mimeType: 'image/webp', bytes: looked.thumbnail, at });
    return {
      kept: {
        file,
        sha256,
        mimeType: type.mimeType,
        size: bytes.byteLength,
        ...(looked === undefined ? {} : { thumbnail, width: looked.width, height: looked.height }),
        ...(await moreAbout(media, type.mimeType, bytes)),
      },
    };
  }

  return {
    keep,
    async read(place, media) {
      if (media.lost !== undefined) return undefined;
      const outcome = media.file === undefined ? await keep(place, media) : { kept: { file: media.file } };
      // A caller of the API may have named any file.
      if (!('kept' in outcome) || !outcome.kept.file.startsWith(`${place.sessionId}.`)) return undefined;
      return files.get(outcome.kept.file);
    },
  };
}

/** What the sender calls it, if that can be a name. */
function nameOfMedia({ fileName, kind }: Pick<Media, 'fileName' | 'kind'>, { ending }: Pick<FileType, 'ending'>): string {
  return fileSchema.shape.name.safeParse(fileName).data ?? `${kind}.${ending}`;
}

async function moreAbout(media: Media, mimeType: string, bytes: Uint8Array): Promise<Pick<KeptMedia, 'seconds' | 'pages'>> {
  if (/^(?:audio|video)\//.test(mimeType)) {
    const seconds = media.seconds ?? (await playingTime(bytes, mimeType));
    return seconds === undefined ? {} : { seconds };
  }
  const pages = mimeType === 'application/pdf' ? await pdfPages(bytes) : undefined;
  return pages === undefined ? {} : { pages };
}

/** A channel that refuses for good does not give it later either. */
function whatIsRefused(error: unknown): undefined {
  if (error instanceof StatechatError && !error.retryable) return undefined;
  throw error;
}
