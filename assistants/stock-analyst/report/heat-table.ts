/**
 * Table of values by two assumptions, green above the middle and red below. The cells have figures,
 * so a reader does not need the colours.
 */

import { ACCENT, FAINT, INK, type PdfPage } from '../../documents/page.ts';
import type { HeatBlock } from './document.ts';

const ROW = 22;
const NAMES = 70;
const [ABOVE, BELOW] = [
  [46, 139, 87],
  [192, 57, 43],
] as const;
/** Strongest colour at this distance from the middle, as a fraction of it. */
const FULL = 0.6;

export function heatHeight({ rows }: HeatBlock): number {
  return (rows.length + 2) * ROW + 40;
}

export function drawHeat(page: PdfPage, block: HeatBlock): void {
  const { title, rowTitle, columnTitle, rows, columns, cells, middle, format } = block;
  page.ensure(heatHeight(block));
  page.line(title, page.left, page.y, page.width, { size: 9.5, weight: 700 });
  page.y += 18;
  const width = (page.width - NAMES) / Math.max(1, columns.length);
  const head = { size: 8.5, weight: 700, color: ACCENT, align: 'center' } as const;
  page.line(columnTitle, page.from(NAMES, page.width - NAMES), page.y, page.width - NAMES, { size: 8, color: FAINT, align: 'center' });
  page.line(rowTitle, page.from(0, NAMES), page.y + 14, NAMES, { size: 8, color: FAINT });
  columns.forEach((column, index) => {
    page.line(column, page.from(NAMES + index * width, width), page.y + 14, width, head);
  });
  page.y += 30;
  rows.forEach((row, at) => {
    page.line(row, page.from(0, NAMES - 8), page.y + 5, NAMES - 8, { ...head, align: 'start' });
    columns.forEach((_, index) => {
      const value = cells[at]?.[index] ?? null;
      const x = page.from(NAMES + index * width, width);
      page.pdf.rect(x + 1, page.y + 1, width - 2, ROW - 2).fill(colorOf(value, middle));
      page.line(value === null ? '–' : format(value), x, page.y + 5, width, { size: 9, color: INK, align: 'center' });
    });
    page.y += ROW;
  });
  page.y += 12;
}

/** From white to green or red, pale enough for dark text. Grey for no value. */
function colorOf(value: number | null, middle: number): string {
  if (value === null) return '#eceff1';
  const distance = middle === 0 ? 0 : (value - middle) / Math.abs(middle);
  const strength = Math.min(1, Math.abs(distance) / FULL) * 0.6;
  const mixed = (distance >= 0 ? ABOVE : BELOW).map((channel) => Math.round(255 - (255 - channel) * strength));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
