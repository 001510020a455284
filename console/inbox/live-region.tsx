/**
 * The live region for screen readers. It reads each new message of the customer and of colleagues
 * in the conversation once, and what controls say about themselves.
 */
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { plainText } from '../text/plain-text.ts';
import { customerOf } from './lists.ts';
import type { Snapshot } from './snapshot.ts';
import type { Strings } from './strings.ts';

/** Longer ones are read in the transcript. */
const MOST = 600;

export function useLiveRegion({ transcript, agent }: Snapshot, strings: Strings): { announce: (text: string) => void; region: ReactNode } {
  const [announced, setAnnounced] = useState({ text: '', number: 0 });
  const announce = useCallback((text: string) => setAnnounced(({ number }) => ({ text, number: number + 1 })), []);
  const latest = useRef<{ readonly id: string; readonly seq: number }>(undefined);
  useEffect(() => {
    const last = transcript?.entries.at(-1);
    if (transcript === undefined || last === undefined) return;
    const { id } = transcript.card;
    const before = latest.current;
    latest.current = { id, seq: last.seq };
    // What is there when a conversation is opened is no news.
    if (before?.id !== id) return;
    const news = transcript.entries.filter(
      ({ seq, kind, author }) => seq > before.seq && kind.endsWith('.message') && author !== agent.name,
    );
    if (news.length === 0) return;
    const nameOf = (kind: string, author: string | null): string =>
      kind === 'customer.message'
        ? customerOf(transcript.card, strings)
        : kind === 'agent.message'
          ? (author ?? strings.authors.agent)
          : strings.authors.assistant;
    const words = news.map(({ kind, author, text }) => `${nameOf(kind, author)}: ${plainText(text ?? '')}`).join('\n');
    announce(words.length <= MOST ? words : `${words.slice(0, MOST).toWellFormed()}…`);
  }, [transcript, agent, strings, announce]);
  const region = (
    <div className="visually-hidden" role="status" aria-live="polite">
      <span key={announced.number}>{announced.text}</span>
    </div>
  );
  return { announce, region };
}
