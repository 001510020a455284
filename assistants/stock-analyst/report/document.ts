/** Report as data, with its content in order. render.ts decides how it looks. */
import type { Language } from '../language.ts';

export interface ReportDocument {
  /** Language of the program's text. It decides on which side lines and tables begin. */
  readonly language: Language;
  readonly title: string;
  readonly subtitle: string;
  /** Milliseconds since 1970, also the date in the file. The same document gives the same bytes. */
  readonly createdAt: number;
  /** Whether any figure comes from invented data. Every page is marked then. */
  readonly sample: boolean;
  readonly sources: readonly string[];
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | TableBlock
  | BarsBlock
  | HeatBlock;

export interface TableBlock {
  readonly kind: 'table';
  /** Width of the first column, which is the widest and has the names. The others have figures. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How much wider the first column is than each other. Default 2.2. */
  readonly names?: number;
}

/** Bars of each group beside each other. Values may be negative. */
export interface BarsBlock {
  readonly kind: 'bars';
  readonly title: string;
  readonly series: readonly string[];
  readonly groups: readonly { readonly label: string; readonly values: readonly number[] }[];
  readonly format: (value: number) => string;
}

/** A table whose cells are coloured by how far they are above or below `middle`. */
export interface HeatBlock {
  readonly kind: 'heat';
  readonly title: string;
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly (readonly (number | null)[])[];
  readonly middle: number;
  readonly format: (value: number) => string;
}
