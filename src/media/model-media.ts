/**
 * Chooses what a model sees of the files in a conversation, and reads it from the file store. They
 * are the last files that a model can look at, within a number, tokens and bytes. One that is not
 * kept yet is kept first, by the same path as always.
 */
import type { ShownMedia, ShownMessage } from '#agent-service/sent-media.ts';
import { imageTokens, PAGE_TOKENS } from '#agent-service/sent-media.ts';
import { bytesOf } from '#machines/file-content.ts';
import type { Message } from '#machines/session/context.ts';
import type { Media } from '#machines/session/events.ts';
import { clipToTokens, estimateTokens } from '#machines/tokens.ts';
import type { StoredFile } from '#storage/files.ts';
import { IMAGE_TYPES, type Images, MAX_LOOKED_AT } from './images.ts';
import type { MediaKeeper, MediaPlace } from './media-keeper.ts';
import { pdfPages } from './pdf-pages.ts';

export interface ModelMediaParts {
  readonly keeper: Pick<MediaKeeper, 'read'>;
  readonly images: Images;
  /** Most files and tokens of one request. */
  readonly most: { readonly files: number; readonly tokens: number };
  /** Called if a file could not be read now. The model reads that there was one. */
  readonly onError: (where: string, error: unknown) => void;
}

/** Bytes of all files of one request. Anthropic takes requests of 32 MB, in base64. */
const MAX_BYTES = 8_000_000;
/** Pages of a PDF that Anthropic takes. */
const MAX_PAGES = 100;
/** Types that are shown as they are, beside images. */
const READABLE: readonly string[] = ['application/pdf', 'text/plain'];
/** Tokens of one text file. A longer one is cut. */
const TEXT_TOKENS = 4_000;

export type ShowMedia = (place: MediaPlace, messages: readonly Message[]) => Promise<readonly ShownMessage[]>;

interface Room {
  files: number;
  tokens: number;
  bytes: number;
}

export function mediaShower({ keeper, images, most, onError }: ModelMediaParts): ShowMedia {
  return async (place, messages) => {
    const room: Room = { ...most, bytes: MAX_BYTES };
    const shown = new Map<Media, ShownMedia>();
    for (const media of lookable(messages)) {
      if (room.files === 0) break;
      const one = await show(place, media, room);
      if (one === undefined) continue;
      room.files -= 1;
      shown.set(media, one);
    }
    return messages.map((message) => {
      const { media } = message;
      if (media === undefined) return message;
      return { ...message, media: media.map((one) => withShown(one, shown.get(one))) };
    });
  };

  async function show(place: MediaPlace, media: Media, room: Room): Promise<ShownMedia | undefined> {
    try {
      const file = await keeper.read(place, media);
      return file && (await shownFile(file, media, room));
    } catch (error) {
      onError('showing a file to the model', error);
      return undefined;
    }
  }

  async function shownFile(file: StoredFile, media: Media, room: Room): Promise<ShownMedia | undefined> {
    const { mimeType } = file;
    const isImage = IMAGE_TYPES.includes(mimeType);
    if (!isImage && !READABLE.includes(mimeType)) return undefined;
    // An image is made smaller before it goes.
    const most = isImage ? MAX_LOOKED_AT : room.bytes;
    if (file.size > most) return undefined;
    const bytes = await bytesOf(file, most);
    if (isImage) {
      const image = await images.forModel(bytes);
      const tokens = image === undefined ? 0 : imageTokens(image.width, image.height);
      if (image === undefined || !takes(room, tokens, image.bytes.byteLength)) return undefined;
      return { type: 'image', mimeType: image.mimeType, base64: base64Of(image.bytes), tokens };
    }
    if (mimeType === 'application/pdf') {
      const pages = media.pages ?? (await pdfPages(bytes));
      if (pages === undefined || pages > MAX_PAGES || !takes(room, pages * PAGE_TOKENS, bytes.byteLength)) return undefined;
      return { type: 'pdf', base64: base64Of(bytes), tokens: pages * PAGE_TOKENS };
    }
    const text = clipToTokens(new TextDecoder().decode(bytes), Math.min(TEXT_TOKENS, room.tokens));
    return takes(room, estimateTokens(text), bytes.byteLength) ? { type: 'text', text } : undefined;
  }
}

/** The newest first. What cannot be looked at is left where it is. */
function lookable(messages: readonly Message[]): Media[] {
  return messages
    .flatMap(({ role, media = [] }) => (role === 'customer' ? media : []))
    .filter(({ ref, file, lost, kind, mimeType }) => {
      if (lost !== undefined || (ref === undefined && file === undefined) || kind === 'voice') return false;
      return mimeType === undefined || !/^(?:audio|video)\//.test(mimeType);
    })
    .toReversed();
}

/** Takes what one needs from the room, if there is so much. */
function takes(room: Room, tokens: number, bytes: number): boolean {
  if (tokens > room.tokens || bytes > room.bytes) return false;
  room.tokens -= tokens;
  room.bytes -= bytes;
  return true;
}

function withShown(media: Media, shown: ShownMedia | undefined) {
  return shown === undefined ? media : { ...media, shown };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
