/** Has the browser save bytes under a name. */

/** Until then the browser has long begun to save it, in milliseconds. */
const RELEASE_MS = 60_000;

export function saveFile(bytes: Blob, name: string): void {
  // A type that browsers do not display, so the file is saved and never opened as a page of this
  // site.
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS);
}
