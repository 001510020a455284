import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';
import { describe, expect, it } from 'vitest';
import { openTypeOf } from '#assistants/documents/woff.ts';

const { resolve } = createRequire(import.meta.url);
const FILES = ['noto-sans/files/noto-sans-latin-400-normal.woff', 'vazirmatn/files/vazirmatn-arabic-700-normal.woff'];

const read = (file: string) => readFileSync(resolve(`@fontsource/${file}`));

function fontOf(file: Buffer): Font {
  const font = create(file);
  if (!('layout' in font)) throw new Error('one font is expected');
  return font;
}

/** Sum of a table's 32-bit words, as OpenType defines its checksum. */
function sumOf(table: Buffer): number {
  const padded = Buffer.concat([table, Buffer.alloc(-table.length & 3)]);
  let sum = 0;
  for (let at = 0; at < padded.length; at += 4) sum = (sum + padded.readUInt32BE(at)) >>> 0;
  return sum;
}

describe.each(FILES)('%s as an OpenType font', (file) => {
  it('has tables whose checksums are right, at multiples of four', () => {
    const font = openTypeOf(read(file));
    const count = font.readUInt16BE(4);
    expect(count).toBeGreaterThan(8);
    for (let entry = 12; entry < 12 + count * 16; entry += 16) {
      const [sum, offset, length] = [font.readUInt32BE(entry + 4), font.readUInt32BE(entry + 8), font.readUInt32BE(entry + 12)];
      const table = Buffer.from(font.subarray(offset, offset + length));
      expect(table).toHaveLength(length);
      // The checksum of `head` is taken with the one of the whole font left out.
      if (font.toString('latin1', entry, entry + 4) === 'head') table.writeUInt32BE(0, 8);
      expect(sumOf(table)).toBe(sum);
      expect(offset % 4).toBe(0);
    }
  });

  it('draws the same glyphs', () => {
    const woff = fontOf(read(file));
    const font = fontOf(openTypeOf(read(file)));
    const outlines = (of: Font) =>
      of.layout('Total 12.5 %، إجمالي').glyphs.map(({ id, advanceWidth, path }) => [id, advanceWidth, path.toSVG()]);
    expect(outlines(font)).toEqual(outlines(woff));
  });
});

it('is refused of a file that is no WOFF file, or a damaged one', () => {
  const woff = read('noto-sans/files/noto-sans-latin-400-normal.woff');
  expect(() => openTypeOf(openTypeOf(woff))).toThrow('no WOFF file');
  expect(() => openTypeOf(woff.subarray(0, woff.length / 2))).toThrow();
  const longer = Buffer.from(woff);
  longer.writeUInt32BE(longer.readUInt32BE(44 + 12) + 1, 44 + 12);
  expect(() => openTypeOf(longer)).toThrow(/has \d+ bytes and should have \d+/);
});
