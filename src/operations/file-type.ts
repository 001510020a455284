/**
 * The type of a file by its first bytes, not by what its sender says. Pages show an image only if
 * its bytes are one. Everything that could run as a page of ours is plain text.
 */

interface Signature {
  readonly mimeType: string;
  readonly at?: number;
  readonly bytes: string;
}

/** The first that matches. The bytes are Latin-1. */
const SIGNATURES: readonly Signature[] = [
  { mimeType: 'image/png', bytes: '\x89PNG\r\n\x1a\n' },
  { mimeType: 'image/jpeg', bytes: '\xff\xd8\xff' },
  { mimeType: 'image/gif', bytes: 'GIF87a' },
  { mimeType: 'image/gif', bytes: 'GIF89a' },
  { mimeType: 'image/webp', at: 8, bytes: 'WEBPVP8' },
  { mimeType: 'audio/wav', at: 8, bytes: 'WAVE' },
  { mimeType: 'application/pdf', bytes: '%PDF-' },
  { mimeType: 'application/zip', bytes: 'PK\x03\x04' },
  { mimeType: 'video/mp4', at: 4, bytes: 'ftyp' },
  { mimeType: 'video/webm', bytes: '\x1a\x45\xdf\xa3' },
  { mimeType: 'audio/ogg', bytes: 'OggS' },
  { mimeType: 'audio/mpeg', bytes: 'ID3' },
  { mimeType: 'application/gzip', bytes: '\x1f\x8b' },
];

/** Longest of the places above. */
const HEAD = 16;

/** Endings whose content can be checked, by the type that they claim. */
const ENDINGS: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  zip: 'application/zip',
  docx: 'application/zip',
  xlsx: 'application/zip',
  pptx: 'application/zip',
  odt: 'application/zip',
};

/** Endings for files without a name. */
export const ENDING_OF: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'video/mp4': 'mp4',
  'application/pdf': 'pdf',
  'text/plain': 'txt',
};

export interface FileType {
  /** What the bytes are. */
  readonly mimeType: string;
  /** What the ending of the name says. Undefined if it says nothing that can be checked. */
  readonly claimed: string | undefined;
}

export function typeOfFile(name: string, bytes: Uint8Array): FileType {
  const ending = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return { mimeType: typeOfBytes(bytes), claimed: Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined };
}

function typeOfBytes(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, HEAD)).toString('latin1');
  const found = SIGNATURES.find((one) => head.startsWith(one.bytes, one.at ?? 0));
  if (found !== undefined) return found.mimeType;
  return isText(bytes) ? 'text/plain' : 'application/octet-stream';
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(bytes).includes('\0');
  } catch {
    return false;
  }
}
