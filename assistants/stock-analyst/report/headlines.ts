/** Headlines with the tone that counting words gives them, and how that is counted. */
import type { Sentiment } from '../valuation/sentiment.ts';
import type { Block } from './document.ts';
import type { ReportWords } from './phrases.ts';

export function headlineBlocks({ score, tone, headlines }: Sentiment, words: ReportWords): readonly Block[] {
  const { headings, labels, figures, tones } = words;
  return [
    { kind: 'heading', text: headings.headlines },
    { kind: 'paragraph', text: `${words.toneIs(tones[tone], score.toFixed(2), headlines.length)} ${words.toneMethod}` },
    {
      kind: 'table',
      columns: [labels.headline, labels.date, labels.tone],
      rows: headlines.map(({ title, day, score: counted }) => [
        title,
        figures.day(day),
        tones[counted > 0 ? 'positive' : counted < 0 ? 'negative' : 'neutral'],
      ]),
      names: 4,
    },
  ];
}
