/**
 * The type of a file by its bytes, not by what its sender says. Pages show an image only if its
 * bytes are one. Everything that could run as a page of ours is plain text.
 */
import { fileTypeFromBuffer } from 'file-type';
import { readZipStart } from './zip-start.ts';

/** Types that an ending claims, where the content shows whether it is true. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  png: ['image/png', 'image/apng'],
  jpg: ['image/jpeg'],
  jpeg: ['image/jpeg'],
  gif: ['image/gif'],
  webp: ['image/webp'],
  pdf: ['application/pdf'],
  zip: ['application/zip'],
  docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/zip'],
  xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/zip'],
  pptx: ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'application/zip'],
  odt: ['application/vnd.oasis.opendocument.text', 'application/zip'],
};

export interface FileType {
  /** What the bytes are, without parameters such as the codec. */
  readonly mimeType: string;
  /** An ending for a file without a name. */
  readonly ending: string;
  /**
   * What the ending of the name says, if the bytes are something else. Undefined also if the ending
   * says nothing that can be checked.
   */
  readonly claimed: string | undefined;
}

export async function typeOfFile(name: string, bytes: Uint8Array): Promise<FileType> {
  const found = (await recognize(bytes)).end();
  const ending = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const claims = Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
  return { ...found, claimed: claims?.includes(found.mimeType) === false ? claims[0] : undefined };
}

/** What the bytes of a file are, while they come in. */
export interface Recognition {
  /** Undefined while later bytes may show that it is no text. */
  readonly known: TypeOfBytes | undefined;
  /** Takes what follows. */
  next(bytes: Uint8Array): void;
  /** What it is if nothing follows. */
  end(): TypeOfBytes;
}

type TypeOfBytes = Pick<FileType, 'mimeType' | 'ending'>;

const TEXT = { mimeType: 'text/plain', ending: 'txt' };
const NOTHING_KNOWN = { mimeType: 'application/octet-stream', ending: 'bin' };
const TIFF = { mimeType: 'image/tiff', ending: 'tif' };
/** How a TIFF begins, by the order of bytes in its numbers. */
const TIFF_STARTS = ['II*\0', 'MM\0*'];
/** Folders that an office file has, and its ending. */
const OFFICE_FOLDERS = { 'word/': 'docx', 'xl/': 'xlsx', 'ppt/': 'pptx' };

/** @param start of a file. Of a short one it is all of it. */
export async function recognize(start: Uint8Array): Promise<Recognition> {
  const known = await typeByStart(start);
  // Markup runs in a browser. Other kinds of text are shown as such.
  if (known !== undefined && !/^text\/|[/+]xml$/.test(known.mimeType)) return { known, next: () => undefined, end: () => known };
  const text = new MaybeText();
  text.next(start);
  return text;
}

async function typeByStart(start: Uint8Array): Promise<TypeOfBytes | undefined> {
  const found = await fileTypeFromBuffer(start);
  // The library follows a TIFF to its directory, which may be behind the start.
  if (found === undefined) return TIFF_STARTS.includes(Buffer.from(start.subarray(0, 4)).toString('latin1')) ? TIFF : undefined;
  const known = { mimeType: found.mime.split(';')[0] ?? found.mime, ending: found.ext };
  return known.mimeType === 'application/zip' ? (officeType(start) ?? known) : known;
}

/**
 * The library reads it in `[Content_Types].xml`, which may be behind the start. The folders show it
 * too. In a whole archive without that entry they mean nothing.
 */
function officeType(start: Uint8Array): TypeOfBytes | undefined {
  const { names, isWhole } = readZipStart(start);
  if (isWhole) return undefined;
  const [, ending] = Object.entries(OFFICE_FOLDERS).find(([folder]) => names.some((name) => name.startsWith(folder))) ?? [];
  const mimeType = ending === undefined ? undefined : ENDINGS[ending]?.[0];
  return ending === undefined || mimeType === undefined ? undefined : { mimeType, ending };
}

/** Text is UTF-8 without a null character. Each byte of it may show that it is none. */
class MaybeText implements Recognition {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #isText = true;

  get known(): TypeOfBytes | undefined {
    return this.#isText ? undefined : NOTHING_KNOWN;
  }

  next(bytes: Uint8Array): void {
    if (this.#isText) this.#isText = this.#decodes(bytes, true);
  }

  end(): TypeOfBytes {
    return this.#isText && this.#decodes(new Uint8Array(), false) ? TEXT : NOTHING_KNOWN;
  }

  #decodes(bytes: Uint8Array, stream: boolean): boolean {
    try {
      return !this.#decoder.decode(bytes, { stream }).includes('\0');
    } catch {
      return false;
    }
  }
}

/** Whether a type is one of a list, in which `image/*` stands for all that begin with `image/`. */
export function isAmong(types: readonly string[], mimeType: string): boolean {
  return types.some((type) => (type.endsWith('*') ? mimeType.startsWith(type.slice(0, -1)) : mimeType === type));
}
