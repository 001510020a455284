/**
 * Summary without a model. It keeps the most important sentences of the conversation word for word.
 * The same input gives the same summary. English and Arabic.
 */
import { clip } from '#machines/text.ts';
import { clipToTokens, estimateTokens } from '#machines/tokens.ts';
import { worth } from './facts.ts';

export interface Extracted {
  /** Summaries that go into this one, oldest first. */
  readonly earlier: readonly { readonly text: string }[];
  readonly messages: readonly { readonly role: 'customer' | 'assistant' | 'agent' | 'system'; readonly text: string }[];
  /** Of the summary, by estimate. */
  readonly maxTokens: number;
}

interface Line {
  readonly text: string;
  readonly score: number;
  /** It was in an earlier summary. */
  readonly carried: boolean;
  readonly place: number;
}

const WHO = { customer: 'Customer', agent: 'Colleague', assistant: 'Assistant' } as const;
const LINE = /^- (Customer|Colleague|Assistant): /u;
/** Most tokens of one line, so that no sentence takes the whole summary. */
const LINE_TOKENS = 60;
/** Characters of one message that are read. A long paste has made its point by then. */
const READ_AT_MOST = 8_000;
/** Part of a summary that what was carried over may fill while there is anything new. */
const CARRIED = 2 / 3;

/** Lines in their original order. Never blank if any message has text. */
export function extract({ earlier, messages, maxTokens }: Extracted): string {
  const lines = distinct([...earlier.flatMap(({ text }) => carriedLines(text)), ...freshLines(messages)]);
  const candidates = lines.filter(({ score }) => score > 0);
  const chosen = choose(candidates, maxTokens);
  // Small talk only. Keeps the first and the last message.
  const kept = chosen.length > 0 ? chosen : [lines.at(0), lines.at(-1)].filter((line) => line !== undefined);
  const text = [...new Set(kept)]
    .sort((a, b) => a.place - b.place)
    .map((line) => line.text)
    .join('\n');
  return clipToTokens(text, maxTokens) || '- (nothing was written)';
}

/** Best first. Among equals the earliest first, because it will not be repeated. */
function choose(candidates: readonly Line[], maxTokens: number): readonly Line[] {
  const fresh = candidates.some(({ carried }) => !carried);
  let room = maxTokens;
  let carriedRoom = fresh ? maxTokens * CARRIED : maxTokens;
  return [...candidates]
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .filter(({ text, carried }) => {
      const tokens = estimateTokens(`${text}\n`);
      if (tokens > room || (carried && tokens > carriedRoom)) return false;
      room -= tokens;
      if (carried) carriedRoom -= tokens;
      return true;
    });
}

/** A summary by a model is prose or a list. Each of its sentences counts as the customer's. */
function carriedLines(summary: string): Omit<Line, 'place'>[] {
  return summary
    .split('\n')
    .flatMap((line) => (LINE.test(line) ? [line] : sentences(line.replace(/^[-*•]\s*/u, '')).map((text) => `- ${text}`)))
    .filter((line) => line.trim() !== '-')
    .map((line) => {
      const who = LINE.exec(line)?.[1];
      const author = who === 'Colleague' ? 'agent' : who === 'Assistant' ? 'assistant' : 'customer';
      return { text: clipToTokens(line, LINE_TOKENS), score: worth(line.replace(LINE, ''), author) + 1, carried: true };
    });
}

function freshLines(messages: Extracted['messages']): Omit<Line, 'place'>[] {
  return messages.flatMap(({ role, text }) => {
    if (role === 'system') return [];
    return sentences(clip(text, READ_AT_MOST)).map((sentence) => ({
      text: clipToTokens(`- ${WHO[role]}: ${sentence}`, LINE_TOKENS),
      score: worth(sentence, role),
      carried: false,
    }));
  });
}

function sentences(text: string): string[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
  return text
    .split(/\n+/u)
    .flatMap((line) => Array.from(segmenter.segment(line), ({ segment }) => segment.trim().replaceAll(/\s+/gu, ' ')))
    .filter((sentence) => sentence !== '');
}

/** Each fact once, at its first mention. */
function distinct(lines: readonly Omit<Line, 'place'>[]): Line[] {
  const seen = new Set<string>();
  return lines.flatMap((line, place) => {
    const key = line.text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{Nd}]+/gu, ' ')
      .trim();
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ ...line, place }];
  });
}
