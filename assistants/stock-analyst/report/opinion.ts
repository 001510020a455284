/** What an analysis says in words, beside its figures; whoever wrote it, a model or a program, is named. */
import type { Block } from './document.ts';
import type { ReportWords } from './phrases.ts';
import type { Rating } from './rating.ts';

export interface Opinion {
  /** Of the price against the value that the analysis finds: no advice to buy or sell. */
  readonly rating: Rating;
  readonly strengths: readonly string[];
  readonly risks: readonly string[];
  readonly outlook: string;
  /** Who wrote the words. Absent: a model that does not say which. */
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
