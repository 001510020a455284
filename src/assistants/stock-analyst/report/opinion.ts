/** What an analysis says in words, beside its figures; whoever wrote it, a model or a program, is named. */
import type { Block } from './document.ts';

export const RATINGS = ['undervalued', 'fairly_valued', 'overvalued', 'not_rated'] as const;
export type Rating = (typeof RATINGS)[number];

export interface Opinion {
  /** Of the price against the value that the analysis finds: no advice to buy or sell. */
  readonly rating: Rating;
  readonly strengths: readonly string[];
  readonly risks: readonly string[];
  readonly outlook: string;
  /** Who wrote the words. */
  readonly writtenBy: string;
}

const NAMES: Readonly<Record<Rating, string>> = {
  undervalued: 'Undervalued',
  fairly_valued: 'Fairly valued',
  overvalued: 'Overvalued',
  not_rated: 'Not rated',
};

export function ratingName(rating: Rating): string {
  return NAMES[rating];
}

export function opinionBlocks({ strengths, risks, outlook, writtenBy }: Opinion): readonly Block[] {
  const list = (title: string, items: readonly string[]): readonly Block[] =>
    items.length === 0
      ? []
      : [
          { kind: 'heading', text: title },
          { kind: 'list', items },
        ];
  return [
    ...list('Strengths', strengths),
    ...list('Risks', risks),
    ...(outlook === ''
      ? []
      : ([
          { kind: 'heading', text: 'Outlook' },
          { kind: 'paragraph', text: outlook },
        ] as const)),
    { kind: 'paragraph', text: `The words of this report were written by ${writtenBy}; the tables and charts are computed from the data.` },
  ];
}
