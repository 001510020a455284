/** The shape of everything that the offline analyst writes. */
import type { SessionType } from '../request.ts';
import type { Words } from './words.ts';

export function section(title: string, ...lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n${lines.join('\n')}`;
}

export function bullets(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `- ${line}`);
}

export function labelled(label: string, value: string): string {
  return `- **${label}:** ${value}`;
}

/** What it is about, in bold, before the summary's sentences. */
export function about(name: string, type: SessionType | null, sample: boolean, words: Words): string {
  const parts = [...(type === null ? [] : [`${words.typeLabel}: ${words.types[type]}`]), ...(sample ? [words.sampleShort] : [])];
  return `${[`**${name}**`, ...parts].join(' · ')}\n`;
}

export function sourcesSection(of: { readonly source: string; readonly sample: boolean }, words: Words, report?: string): string {
  return section(
    words.headings.sources,
    ...bullets([
      words.data(of.source),
      of.sample ? words.sample : words.realData,
      `${words.offline} ${words.offlineAnalyst} ${words.howToSet}`,
      ...(report === undefined ? [] : [words.report(report)]),
      words.notAdvice,
    ]),
  );
}

export function document(sections: readonly string[]): string {
  return sections.filter((one) => one !== '').join('\n\n');
}
