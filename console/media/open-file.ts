/** Opens a document that the browser shows in a reader of its own. */
import { saveFile } from '../text/save-file.ts';
import { viewKind } from './kinds.ts';

/** Until then the reader has the bytes, in milliseconds. */
const RELEASE_MS = 600_000;

/**
 * A PDF opens in a new tab. Everything else, and one that the browser does not let open, is saved.
 */
export function openFile(bytes: Blob, name: string): void {
  if (viewKind(bytes.type) !== 'pdf') return saveFile(bytes, name);
  const url = URL.createObjectURL(bytes);
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS);
  if (window.open(url, '_blank') === null) saveFile(bytes, name);
}
