/** What a reader of Discord sees of a text in its Markdown. */

/** Stands for characters that are shown as they are. */
const HELD = '\ue000';

export function plainText(content: string): string {
  const held: string[] = [];
  const hold = (text: string): string => `${HELD}${held.push(text) - 1}${HELD}`;
  const shown = content
    .replace(/```(?:[\w+#.-]*\n)?([\s\S]*?)\n?```/g, (_, code: string) => hold(code))
    .replace(/``\s([\s\S]*?)\s``|`([^`\n]*)`/g, (_, double?: string, single?: string) => hold(double ?? single ?? ''))
    .replace(/\\([\\*_~`|[\]<>#-])/g, (_, char: string) => hold(char))
    .replace(/\[([^\]\n]*)\]\([^)\s]*\)/g, '$1')
    .replace(/^> ?/gm, '')
    .replace(/\*\*\*|\*\*|~~|\*|__/g, '');
  return shown.replace(new RegExp(`${HELD}(\\d+)${HELD}`, 'g'), (_, index: string) => held[Number(index)] ?? '');
}
