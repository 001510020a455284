/**
 * Line of text as pieces to draw from left to right, each in one font and one direction. It applies
 * the Unicode bidirectional algorithm, because PDF draws glyphs at positions and has no directions.
 * The font joins Arabic letters.
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
 * Letters written from right to left that, in Arabic, join. In right-to-left text only these are
 * drawn as one run. The font engine takes a run's direction from its letters, so digits, brackets
 * and spaces are separate runs, and so is each such letter or digit (Persian digits count as Arabic
 * script) that is laid out from left to right.
 */
const CURSIVE = /\p{Script=Arabic}|\p{Script=Hebrew}|\u0640/u;

const REPLACEMENT = '\uFFFD';

/**
 * Text that reads from left to right as a whole, although the algorithm splits it in right-to-left
 * text. That is a number with its sign, its per cent sign, and what joins it to the next (a day, a
 * range).
 */
const FIGURE = /(?<![\p{L}\p{N}])[+\-−–]?\p{Nd}+(?:[.,:/\-–٫٬]\p{Nd}+)*(?:[\u00A0\u202F ]?[%٪‰]|×)?/gu;

export type RunDirection = 'ltr' | 'rtl';

export function isRightToLeft(text: string): boolean {
  return bidi.getEmbeddingLevels(text, 'auto').paragraphs[0]?.level === 1;
}

export function hasRightToLeft(text: string): boolean {
  return /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(text.replaceAll(/\p{N}/gu, ''));
}

/**
 * Text without control and format characters, which no font draws, except the joiners of Arabic
 * script. Figures stay together without marks.
 */
export function cleaned(text: string): string {
  return text.replaceAll(/[\u200E\u200F\u061C]/g, '').replaceAll(/(?!\u200C|\u200D|\n)[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ');
}

export function visualRuns(line: string, faces: readonly Face[], direction: RunDirection): readonly VisualRun[] {
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
    // A space between Arabic words uses the font of the words, so that readers that copy the text
    // keep its order.
    const [face, drawn] = faceOf(mirrored, faces, attached || /\s/u.test(mirrored) ? before?.face : undefined);
    const cursive = attached ? (before?.cursive ?? false) : CURSIVE.test(drawn);
    if (before && before.face === face && before.level === level && (attached || (before.cursive === cursive && cursive === rightToLeft))) {
      before.text += drawn;
    } else runs.push({ face, level, cursive, text: drawn });
  }
  return reordered(runs).map(({ face, text }) => ({ face, text }));
}

/** Of each UTF-16 unit. */
function levelsOf(line: string, direction: RunDirection): Uint8Array {
  const { levels } = bidi.getEmbeddingLevels(line, direction);
  for (const { 0: figure, index } of line.matchAll(FIGURE)) {
    const own = levels.slice(index, index + figure.length);
    const digits = Math.max(...own);
    // Odd levels are right-to-left letters. Even levels are in order already.
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

/**
 * Rule L2. From the highest level down to the lowest odd one, every sequence at that level or above
 * is reversed.
 */
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

/** Its types describe an ES module. Node loads CommonJS, whose default is the function itself. */
function decodeBidi(factory: unknown): Bidi {
  if (typeof factory !== 'function')
    throw new Error('bidi-js exports no function: another version of it is installed than the one that is locked');
  return factory();
}
