/**
 * CSV (RFC 4180) for spreadsheets, in UTF-8. They take a cell that begins with one of some signs
 * for a formula, and a formula can send what is in other cells away. So such a text gets an
 * apostrophe before it, which shows that it is text.
 */

export type CsvCell = string | number | null;

/** Excel reads UTF-8 as such only after this mark, which begins a file. */
export const BYTE_ORDER_MARK = '\ufeff';

/** Also in their full-width forms, which some spreadsheets take too. */
const SIGNS = new Set('=+-@\uff1d\uff0b\uff0d\uff20|%');
/** Spreadsheets leave these out before a sign. */
const LEFT_OUT = /^[\s\p{Cc}\p{Cf}]+/u;

/** One line of a file, with its end. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

export function csvOf(head: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return BYTE_ORDER_MARK + [head, ...rows].map(csvLine).join('');
}

function cellOf(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const safe = isFormula(cell) ? `'${cell}` : cell;
  return /[",;\r\n\t]|^\s|\s$/.test(safe) || safe !== cell ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function isFormula(text: string): boolean {
  return SIGNS.has(text.replace(LEFT_OUT, '').charAt(0)) || /^[\t\r\n]/.test(text);
}
