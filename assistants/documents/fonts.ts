/**
 * Fonts embedded in reports, both under the SIL Open Font License 1.1. Noto Sans has Latin, Greek
 * and Cyrillic letters. Vazirmatn has Arabic ones (Noto's Arabic fonts draw letters and their dots
 * apart, which breaks copied text). Letters of other scripts (Chinese, Hindi, emoji) appear as a
 * replacement mark.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create } from 'fontkit';
import { openTypeOf } from './woff.ts';

const FILES = [
  '@fontsource/noto-sans/files/noto-sans-latin',
  '@fontsource/noto-sans/files/noto-sans-latin-ext',
  '@fontsource/vazirmatn/files/vazirmatn-arabic',
  '@fontsource/noto-sans/files/noto-sans-greek',
  '@fontsource/noto-sans/files/noto-sans-cyrillic',
  '@fontsource/noto-sans/files/noto-sans-vietnamese',
] as const;

export interface Face {
  /** As it is registered with the PDF. */
  readonly name: string;
  readonly file: Buffer;
  readonly covers: (codePoint: number) => boolean;
}

export type Weight = 400 | 700;

/** In the order in which they are searched for a letter. */
export type Faces = Readonly<Record<Weight, readonly Face[]>>;

export function loadFaces(): Faces {
  const { resolve } = createRequire(import.meta.url);
  const faces = (weight: Weight) =>
    FILES.map((path): Face => {
      const file = openTypeOf(readFileSync(resolve(`${path}-${weight}-normal.woff`)));
      const font = create(file);
      if (!('hasGlyphForCodePoint' in font)) throw new Error(`${path} is a collection, and one font is expected`);
      return {
        name: `${path.slice(path.lastIndexOf('/') + 1)}-${weight}`,
        file,
        covers: (codePoint) => font.hasGlyphForCodePoint(codePoint),
      };
    });
  return { 400: faces(400), 700: faces(700) };
}
