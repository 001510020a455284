/**
 * Tables of figures. Names are at the start of lines, figures at the end, and the header repeats on
 * each page.
 */

import { ACCENT, lineHeight, type PdfPage, RULE, type TextStyle } from '../../documents/page.ts';
import type { TableBlock } from './document.ts';

const CELL: TextStyle = { size: 9 };
const HEAD: TextStyle = { size: 8.5, weight: 700, color: ACCENT };
const PAD = 3.5;
export function drawTable(page: PdfPage, { columns, rows, names = 2.2 }: TableBlock): void {
  const unit = page.width / (names + columns.length - 1);
  const widthOf = (column: number) => (column === 0 ? names : 1) * unit;
  const leftOf = (column: number) => page.from((column === 0 ? 0 : names + column - 1) * unit, widthOf(column));
  const cellsOf = (row: readonly string[], style: TextStyle) =>
    columns.map((_, column) => page.wrap(row[column] ?? '', widthOf(column) - 2 * PAD, style));

  const heightOf = (cells: readonly (readonly unknown[])[], style: TextStyle) =>
    Math.max(...cells.map((lines) => lines.length)) * lineHeight(style) + 2 * PAD;

  const draw = (row: readonly string[], style: TextStyle, rule: string): void => {
    const cells = cellsOf(row, style);
    const height = heightOf(cells, style);
    const before = page.y;
    page.ensure(height);
    if (page.y < before && style !== HEAD) draw(columns, HEAD, ACCENT);
    cells.forEach((lines, column) => {
      lines.forEach(({ text, direction }, index) => {
        const align = column === 0 ? 'start' : 'end';
        page.line(
          text,
          leftOf(column) + PAD,
          page.y + PAD + index * lineHeight(style),
          widthOf(column) - 2 * PAD,
          { ...style, align },
          direction,
        );
      });
    });
    page.y += height;
    page.pdf
      .moveTo(page.left, page.y)
      .lineTo(page.left + page.width, page.y)
      .lineWidth(0.5)
      .stroke(rule);
  };

  // A header alone at the foot of a page is useless, and a small table is not split.
  const whole = rows.reduce((sum, row) => sum + heightOf(cellsOf(row, CELL), CELL), heightOf(cellsOf(columns, HEAD), HEAD));
  page.ensure(whole <= page.bottom / 3 ? whole : 3 * (lineHeight(CELL) + 2 * PAD));
  draw(columns, HEAD, ACCENT);
  for (const row of rows) draw(row, CELL, RULE);
  page.y += 10;
}
