/** Copies to the clipboard, also where the page has no permission for it. */

export interface Copied {
  readonly text: string;
  /** The same with its formatting, for programs that take it. */
  readonly html?: string | undefined;
}

/** Resolves to false if the browser lets nothing be copied. Call it in the handler of a press. */
export async function copy({ text, html }: Copied): Promise<boolean> {
  try {
    if (html !== undefined && typeof ClipboardItem !== 'undefined') {
      const of = (content: string, type: string): Blob => new Blob([content], { type });
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': of(text, 'text/plain'), 'text/html': of(html, 'text/html') })]);
    } else await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Absent outside secure contexts, and refused in frames and by settings.
    return copySelected(text);
  }
}

/** The older way, which needs no permission while a press is handled. */
function copySelected(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.className = 'visually-hidden';
  area.setAttribute('aria-hidden', 'true');
  document.body.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
