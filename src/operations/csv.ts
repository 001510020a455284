/**
 * CSV as RFC 4180 has it, in UTF-8 with a byte order mark, so that spreadsheets read every script.
 * A text that a spreadsheet would run as a formula gets an apostrophe in front.
 */

export type CsvCell = string | number | null;

const FORMULA = /^\s*[=+\-@\t\r|%]/u;

function cellOf(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const safe = FORMULA.test(cell) || /^[＝＋－＠]/u.test(cell) ? `'${cell}` : cell;
  return /["\n\r,;\t]/.test(safe) || safe !== cell ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(head: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return `\uFEFF${[head, ...rows].map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`;
}
