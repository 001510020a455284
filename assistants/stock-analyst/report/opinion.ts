/** Text of an analysis beside its figures. It names the model or program that wrote it. */
import type { Block } from './document.ts';
import type { ReportWords } from './phrases.ts';
import type { Rating } from './rating.ts';

export interface Opinion {
  /** Price compared with the value of the analysis. It is no advice to buy or sell. */
  readonly rating: Rating;
  readonly strengths: readonly string[];
  readonly risks: readonly string[];
  readonly outlook: string;
  /** Model that wrote the text. Absent for a model without a name. */
  readonly writtenBy?: string | undefined;
}

export function opinionBlocks(
  { strengths, risks, outlook, writtenBy }: Opinion,
  { headings, writtenBy: by }: ReportWords,
): readonly Block[] {
  const list = (title: string, items: readonly string[]): readonly Block[] =>
    items.length === 0
      ? []
      : [
          { kind: 'heading', text: title },
          { kind: 'list', items },
        ];
  return [
    ...list(headings.strengths, strengths),
    ...list(headings.risks, risks),
    ...(outlook === ''
      ? []
      : ([
          { kind: 'heading', text: headings.outlook },
          { kind: 'paragraph', text: outlook },
        ] as const)),
    { kind: 'paragraph', text: by(writtenBy ?? null) },
  ];
}
