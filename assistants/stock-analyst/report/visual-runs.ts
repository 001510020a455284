/**
 * A line of text as pieces to draw from left to right, each in one font and one direction: the Unicode bidirectional algorithm,
 * since PDF draws glyphs where it is told and knows nothing of directions. Joining Arabic letters is the font's.
 */
import bidiFactory, { type Bidi } from 'bidi-js';
import type { Face } from './fonts.ts';

export interface VisualRun {
  readonly face: Face;
  readonly text: string;
}

interface LogicalRun {
  readonly face: Face;
  readonly level: number;
  readonly cursive: boolean;
  text: string;
}

const bidi = decodeBidi(bidiFactory);

/**
 * Letters that are written from right to left and, in Arabic, join. Only these are drawn several at once in right-to-left text: the font
 * engine takes a run's direction from its letters, so digits, brackets and spaces among them are runs by themselves, and
 * so is each such letter or digit (Persian digits count as Arabic script) that stands from left to right.
 */
const CURSIVE = /\p{Script=Arabic}|\p{Script=Hebrew}|\u0640/u;

const REPLACEMENT = '\uFFFD';

/**
 * What is read from left to right as a whole, though the algorithm takes it apart in text from right to left: a number with its sign,
 * its per cent sign, and what joins it to the next (a day, a range).
 */
const FIGURE = /(?<![\p{L}\p{N}])[+\-−–]?\p{Nd}+(?:[.,:/\-–٫٬]\p{Nd}+)*(?:[\u00A0\u202F ]?[%٪‰]|×)?/gu;

export type Direction = 'ltr' | 'rtl';

export function isRightToLeft(text: string): boolean {
  return bidi.getEmbeddingLevels(text, 'auto').paragraphs[0]?.level === 1;
}

export function hasRightToLeft(text: string): boolean {
  return /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(text.replaceAll(/\p{N}/gu, ''));
}

/** Without what no font draws: control and format characters, except the joiners that Arabic script needs. Figures keep together without marks. */
export function cleaned(text: string): string {
  return text.replaceAll(/[\u200E\u200F\u061C]/g, '').replaceAll(/(?!\u200C|\u200D|\n)[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ');
}

export function visualRuns(line: string, faces: readonly Face[], direction: Direction): readonly VisualRun[] {
  const levels = levelsOf(line, direction);
  const runs: LogicalRun[] = [];
  let index = 0;
  for (const character of line) {
    const level = levels[index] ?? 0;
    index += character.length;
    const rightToLeft = level % 2 === 1;
    const mirrored = rightToLeft ? (bidi.getMirroredCharacter(character) ?? character) : character;
    const before = runs.at(-1);
    const attached = /\p{M}|\u200C|\u200D/u.test(mirrored);
    // A space between Arabic words in the font of the words: readers that copy the text keep their order.
    const [face, drawn] = faceOf(mirrored, faces, attached || /\s/u.test(mirrored) ? before?.face : undefined);
    const cursive = attached ? (before?.cursive ?? false) : CURSIVE.test(drawn);
    if (before && before.face === face && before.level === level && (attached || (before.cursive === cursive && cursive === rightToLeft))) {
      before.text += drawn;
    } else runs.push({ face, level, cursive, text: drawn });
  }
  return reordered(runs).map(({ face, text }) => ({ face, text }));
}

/** Of each UTF-16 unit. */
function levelsOf(line: string, direction: Direction): Uint8Array {
  const { levels } = bidi.getEmbeddingLevels(line, direction);
  for (const { 0: figure, index } of line.matchAll(FIGURE)) {
    const own = levels.slice(index, index + figure.length);
    const digits = Math.max(...own);
    // Odd: letters of a script that runs from right to left. Even all over: it is in order already.
    if (digits % 2 === 0) levels.fill(digits, index, index + figure.length);
  }
  return levels;
}

function faceOf(character: string, faces: readonly Face[], before: Face | undefined): readonly [Face, string] {
  const codePoint = character.codePointAt(0) ?? 0;
  const face = before?.covers(codePoint) ? before : faces.find(({ covers }) => covers(codePoint));
  if (face !== undefined) return [face, character];
  const [first] = faces;
  if (first === undefined) throw new Error('a report needs at least one font');
  return [first, REPLACEMENT];
}

/** Rule L2: from the highest level down to the lowest odd one, whatever is at that level or above is turned around. */
function reordered(runs: readonly LogicalRun[]): readonly LogicalRun[] {
  let ordered = [...runs];
  const highest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    const next: LogicalRun[] = [];
    let turned: LogicalRun[] = [];
    for (const run of ordered) {
      if (run.level >= level) turned.unshift(run);
      else {
        next.push(...turned, run);
        turned = [];
      }
    }
    ordered = [...next, ...turned];
  }
  return ordered;
}

/** Its types describe an ES module; what Node loads is CommonJS, whose default is the function itself. */
function decodeBidi(factory: unknown): Bidi {
  if (typeof factory !== 'function')
    throw new Error('bidi-js exports no function: another version of it is installed than the one that is locked');
  return factory();
}
