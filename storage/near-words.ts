/**
 * Words that differ by a slip. One letter is missing, added, wrong, or two neighbours are swapped.
 * Numbers and short words are near nothing, because what is near means something else.
 *
 * A store with an index finds candidates by `slipKeys`. Two words that are a slip apart share one.
 */

const SHORTEST = 4;
const LONGEST = 32;

export function hasNearWords(word: string): boolean {
  const { length } = [...word];
  return length >= SHORTEST && length <= LONGEST && !/^\p{N}+$/u.test(word);
}

/** The word, and the word without each of its letters, as numbers of 32 bits. Each once. */
export function slipKeys(word: string): number[] {
  const letters = [...word];
  const without = letters.map((_, index) => letters.toSpliced(index, 1).join(''));
  return [...new Set([word, ...without].map(hash))];
}

export function isNear(word: string, other: string): boolean {
  const [shorter, longer] = [[...word], [...other]].sort((one, two) => one.length - two.length);
  if (shorter === undefined || longer === undefined || longer.length - shorter.length > 1) return false;
  let at = 0;
  while (at < shorter.length && shorter[at] === longer[at]) at += 1;
  const isSame = (from: number, longerFrom: number): boolean => shorter.slice(from).join('') === longer.slice(longerFrom).join('');
  if (shorter.length < longer.length) return isSame(at, at + 1);
  return isSame(at + 1, at + 1) || (shorter[at] === longer[at + 1] && shorter[at + 1] === longer[at] && isSame(at + 2, at + 2));
}

/** FNV-1a, as a signed number, which is what an integer of PostgreSQL holds. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}
