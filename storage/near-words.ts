/**
 * Words that differ by a slip. One letter is missing, added, wrong, or two neighbours are swapped.
 * In words of eight letters and more there may be two slips. Numbers and short words have no near
 * words, because those mean something else.
 *
 * Stores find candidates by `slipKeys`. Two words that are one slip apart share a key, and most
 * that are two slips apart do.
 */

const SHORTEST = 4;
const LONGEST = 32;
const TWO_SLIPS = 8;

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
  if (word === other) return true;
  const [letters, others] = [[...word], [...other]];
  const allowed = Math.min(letters.length, others.length) >= TWO_SLIPS ? 2 : 1;
  return Math.abs(letters.length - others.length) <= allowed && slips(letters, others) <= allowed;
}

/** Optimal string alignment distance (Damerau and Levenshtein, without overlapping swaps). */
function slips(from: readonly string[], to: readonly string[]): number {
  let [before, last] = [[] as number[], to.map((_, index) => index + 1)];
  for (const [row, letter] of from.entries()) {
    const next: number[] = [];
    for (const [column, other] of to.entries()) {
      const [above, left, corner] = [last[column] ?? 0, next[column - 1] ?? row + 1, column === 0 ? row : (last[column - 1] ?? 0)];
      let cost = Math.min(above + 1, left + 1, corner + (letter === other ? 0 : 1));
      const isSwap = row > 0 && column > 0 && letter === to[column - 1] && from[row - 1] === other;
      if (isSwap) cost = Math.min(cost, (column === 1 ? row - 1 : (before[column - 2] ?? 0)) + 1);
      next.push(cost);
    }
    [before, last] = [last, next];
  }
  return last.at(-1) ?? from.length;
}

/** FNV-1a, as a signed number, which is what an integer of PostgreSQL holds. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}
