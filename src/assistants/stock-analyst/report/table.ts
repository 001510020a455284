/** Tables of figures: names on the left, figures on the right; the head again on each page. */
import type { TableBlock } from './document.ts';
import { ACCENT, lineHeight, type Page, RULE, type TextStyle } from './page.ts';

const CELL: TextStyle = { size: 9 };
const HEAD: TextStyle = { size: 8.5, weight: 700, color: ACCENT };
const PAD = 3.5;
/** How much wider the column of names is than one of figures. */
const NAMES = 2.2;

export function drawTable(page: Page, { columns, rows }: TableBlock): void {
  const unit = page.width / (NAMES + columns.length - 1);
  const widthOf = (column: number) => (column === 0 ? NAMES : 1) * unit;
  const leftOf = (column: number) => page.left + (column === 0 ? 0 : (NAMES + column - 1) * unit);
  const cellsOf = (row: readonly string[], style: TextStyle) =>
    columns.map((_, column) => page.wrap(row[column] ?? '', widthOf(column) - 2 * PAD, style));

  const draw = (row: readonly string[], style: TextStyle, rule: string): void => {
    const cells = cellsOf(row, style);
    const height = Math.max(...cells.map((lines) => lines.length)) * lineHeight(style) + 2 * PAD;
    const before = page.y;
    page.ensure(height);
    if (page.y < before && style !== HEAD) draw(columns, HEAD, ACCENT);
    cells.forEach((lines, column) => {
      lines.forEach(({ text, direction }, index) => {
        const align = column === 0 ? 'start' : 'right';
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

  // A head alone at the foot of a page says nothing.
  page.ensure(3 * (lineHeight(CELL) + 2 * PAD));
  draw(columns, HEAD, ACCENT);
  for (const row of rows) draw(row, CELL, RULE);
  page.y += 10;
}
