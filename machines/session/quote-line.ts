/** The words of a message that another one answers. Web pages use it too, so it imports nothing. */

/** UTF-16 units of a message that are quoted. */
export const MAX_QUOTE = 300;

/** The beginning of a text, on one line. It is cut between no two halves of an emoji. */
export function quoteLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= MAX_QUOTE) return line;
  return `${line.slice(0, MAX_QUOTE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
