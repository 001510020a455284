/**
 * Rows as parameters of one statement, a parameter for each column, with an array of the rows'
 * values.
 *
 * Owns the PostgreSQL type of each column. Does not own the arrays' formats (arrays.ts).
 */
import { documents, flags, ints, texts, uuids } from '#storage/postgres/arrays.ts';

/** A column's name and type in SQL, and where a row has it. */
export type Column<Row> = { readonly name: string } & (
  | { readonly type: 'uuid' | 'text'; readonly of: (row: Row) => string | null }
  | { readonly type: 'int' | 'bigint'; readonly of: (row: Row) => number | null }
  | { readonly type: 'boolean'; readonly of: (row: Row) => boolean }
  /** JSON text. */
  | { readonly type: 'json'; readonly of: (row: Row) => string }
);

/**
 * `unnest(…) as alias(…)`, with `?` for each parameter. `counted` names a last column that counts
 * the rows from 1.
 */
export function unnest<Row>(columns: readonly Column<Row>[], alias: string, counted?: string): string {
  const names = columns.map(({ name }) => name).concat(counted === undefined ? [] : [counted]);
  const parameters = columns.map(({ type }) => `?::${type}[]`).join(', ');
  return `unnest(${parameters})${counted === undefined ? '' : ' with ordinality'} as ${alias}(${names.join(', ')})`;
}

export function parameters<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): (string | Buffer)[] {
  return columns.map((column) => parameter(column, rows));
}

function parameter<Row>(column: Column<Row>, rows: readonly Row[]): string | Buffer {
  switch (column.type) {
    case 'uuid':
      return uuids(rows.map(column.of));
    case 'text':
      return texts(rows.map(column.of));
    case 'int':
    case 'bigint':
      return ints(rows.map(column.of));
    case 'boolean':
      return flags(rows.map(column.of));
    case 'json':
      return documents(rows.map(column.of));
  }
}

/** `$1`, `$2` … for each `?`. */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${++count}`);
}
