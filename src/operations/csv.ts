/**
 * CSV (RFC 4180) for spreadsheets, in UTF-8. They take a cell that begins with one of some signs
 * for a formula, and a formula can send what is in other cells away. So such a text gets an
 * apostrophe before it, which shows that it is text.
 */

export type CsvCell = string | number | null;

/** Excel reads UTF-8 as such only after this mark, which begins a file. */
export const BYTE_ORDER_MARK = '\ufeff';

/** Also in their full-width forms, which some spreadsheets take too. */
const SIGN = String.raw`[=+\-@\uff1d\uff0b\uff0d\uff20|%]`;
/** Spreadsheets leave these out before a sign. */
const LEFT_OUT = String.raw`[\s\p{Cc}\p{Cf}]`;
const FORMULA = new RegExp(String.raw`^(?:[\t\r\n]|${LEFT_OUT}*${SIGN})`, 'u');
/**
 * Where a spreadsheet begins a cell that takes semicolons or tabs for the separator, because of its
 * language. It does not take our quotation marks for such then. The search begins at signs, so long
 * texts cost little.
 */
const FORMULA_INSIDE = new RegExp(`(?=${SIGN})(?<=[;\\t\\r\\n](?:"|${LEFT_OUT})*)`, 'gu');

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
  const inside = cell.replaceAll(FORMULA_INSIDE, "'");
  const safe = FORMULA.test(cell) ? `'${inside}` : inside;
  return /[",;\r\n\t]|^\s|\s$/.test(safe) || safe !== cell ? `"${safe.replaceAll('"', '""')}"` : safe;
}
