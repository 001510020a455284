/**
 * Keeps what customers send. It passes the bytes from the channel on to the file store, finds out
 * what they are on the way (arriving-file.ts), and puts a thumbnail beside them.
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
 * 4. Of a file of more than `MAX_LOOKED_AT` bytes no more than two parts are in memory.
 */
import type { ReceivedFile } from '#channels/port.ts';
import { StatechatError } from '#machines/errors.ts';
import { bytesOf } from '#machines/file-content.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Media } from '#machines/session/events.ts';
import { fileSchema } from '#machines/session/files.ts';
import type { KeptMedia, MediaLoss } from '#machines/session/media.ts';
import type { Files, StoredFile } from '#storage/files.ts';
import type { FileType } from '../operations/file-type.ts';
import { ArrivingFile, NotKept } from './arriving-file.ts';
import { IMAGE_TYPES, type Images, MAX_LOOKED_AT } from './images.ts';
import { inTurn } from './in-turn.ts';
import { pdfPages } from './pdf-pages.ts';
import { playingTime } from './playing-time.ts';
import { sharedWork } from './shared-work.ts';

export interface MediaPlace {
  readonly sessionId: SessionId;
  readonly address: Address;
}

export type MediaOutcome = { readonly kept: KeptMedia } | { readonly lost: MediaLoss };

export interface MediaKeeper {
  /**
   * Resolves once the bytes are kept, or known to be lost. Rejects with a retryable error if the
   * channel or the store cannot be reached, and with `not_found` if the session does not exist.
   *
   * @param signal ends it, unless another caller waits for the same file. It rejects then with the
   * reason of the signal.
   */
  keep(place: MediaPlace, media: Media, signal?: AbortSignal): Promise<MediaOutcome>;
  /** The file of one that is kept, or is kept now. Undefined if it is lost. Rejects like `keep`. */
  read(place: MediaPlace, media: Media): Promise<StoredFile | undefined>;
}

export interface MediaKeeperParts {
  /** As `ChannelAdapter.receivedFile` of the address's channel. */
  readonly receivedFile: (address: Address, ref: string, mostBytes: number, signal: AbortSignal) => Promise<ReceivedFile>;
  readonly files: Pick<Files, 'get' | 'put'>;
  readonly images: Images;
  readonly maxBytes: number;
  /** Types to keep, as `isAmong` has them. */
  readonly types: readonly string[];
  readonly now: () => number;
}

const AT_A_TIME = 4;

const PLAYS = /^(?:audio|video)\//;

export function createMediaKeeper({ receivedFile, files, images, maxBytes, types, now }: MediaKeeperParts): MediaKeeper {
  const oneOfFew = inTurn(AT_A_TIME);
  const oncePerFile = sharedWork<MediaOutcome>();

  function keep(place: MediaPlace, media: Media, signal?: AbortSignal): Promise<MediaOutcome> {
    return oncePerFile(`${place.sessionId} ${media.ref}`, (ends) => oneOfFew(() => keepNow(place, media, ends)), signal);
  }

  async function keepNow({ sessionId, address }: MediaPlace, media: Media, signal: AbortSignal): Promise<MediaOutcome> {
    // It may have waited for its turn.
    signal.throwIfAborted();
    if (media.ref === undefined) return { lost: 'gone' };
    if ((media.size ?? 0) > maxBytes) return { lost: 'too_large' };
    const received = await receivedFile(address, media.ref, maxBytes, signal).catch(whatIsRefused);
    if (typeof received === 'string') return { lost: received };
    try {
      return { kept: await store(sessionId, media, new ArrivingFile(received, { maxBytes, types })) };
    } catch (error) {
      if (error instanceof NotKept) return { lost: error.reason };
      throw error;
    }
  }

  async function store(sessionId: SessionId, media: Media, file: ArrivingFile): Promise<KeptMedia> {
    const at = now();
    const head = () => {
      const { sha256, type } = file.arrived;
      return { id: `${sessionId}.media-${sha256}`, name: nameOfMedia(media, type), mimeType: type.mimeType };
    };
    await files.put({ sessionId, at, content: file.bytes(), head });
    const { id, mimeType } = head();
    const { size, sha256 } = file.arrived;
    const bytes = await lookedAt(id, mimeType);
    const looked = bytes !== undefined && IMAGE_TYPES.includes(mimeType) ? await images.look(bytes) : undefined;
    const thumbnail = `${sessionId}.thumbnail-${sha256}`;
    if (looked !== undefined)
      await files.put({ id: thumbnail, sessionId, name: 'thumbnail.webp', mimeType: 'image/webp', bytes: looked.thumbnail, at });
    return {
      file: id,
      sha256,
      mimeType,
      size,
      ...(looked === undefined ? {} : { thumbnail, width: looked.width, height: looked.height }),
      ...(await moreAbout(media, mimeType, bytes)),
    };
  }

  /** Undefined for a file that is too large for it, or in which nothing is seen. */
  async function lookedAt(id: string, mimeType: string): Promise<Uint8Array | undefined> {
    if (!IMAGE_TYPES.includes(mimeType) && !PLAYS.test(mimeType) && mimeType !== 'application/pdf') return undefined;
    const stored = await files.get(id);
    return stored === undefined || stored.size > MAX_LOOKED_AT ? undefined : await bytesOf(stored, MAX_LOOKED_AT);
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

async function moreAbout(media: Media, mimeType: string, bytes: Uint8Array | undefined): Promise<Pick<KeptMedia, 'seconds' | 'pages'>> {
  if (PLAYS.test(mimeType)) {
    const seconds = media.seconds ?? (bytes && (await playingTime(bytes, mimeType)));
    return seconds === undefined ? {} : { seconds };
  }
  const pages = mimeType === 'application/pdf' && bytes !== undefined ? await pdfPages(bytes) : undefined;
  return pages === undefined ? {} : { pages };
}

/** A channel that refuses for good does not give it later either. */
function whatIsRefused(error: unknown): 'gone' {
  if (error instanceof StatechatError && !error.retryable) return 'gone';
  throw error;
}
