/** The language of a text, for the words that the program adds to it. */

export type WrittenLanguage = 'arabic' | 'english';

/** The language of most letters. */
export function writtenLanguage(text: string): WrittenLanguage {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return count(/\p{Script=Arabic}/gu) > count(/\p{Script=Latin}/gu) ? 'arabic' : 'english';
}
