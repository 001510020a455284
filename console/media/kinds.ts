/** How pages show a file, by the type that the server found in its bytes. */

export type ViewKind = 'image' | 'audio' | 'video' | 'pdf' | 'file';

const IMAGES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Everything that is not on these lists is saved, and never opened as a page of this site. */
export function viewKind(mimeType: string | undefined): ViewKind {
  if (mimeType === undefined) return 'file';
  if (IMAGES.has(mimeType)) return 'image';
  if (mimeType === 'application/pdf') return 'pdf';
  if (/^audio\/|^application\/ogg$/.test(mimeType)) return 'audio';
  return /^video\/(?:mp4|webm|ogg|quicktime)$/.test(mimeType) ? 'video' : 'file';
}

/** A file that can be shown before it is saved. */
export interface Viewable {
  readonly name: string;
  readonly mimeType: string | undefined;
  /** Pixels of an image. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** How long it plays. */
  readonly seconds?: number | undefined;
}

/** As players write it, such as 0:12. */
export function clockTime(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
