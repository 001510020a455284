import { expect, it } from 'vitest';
import { openReplies } from '../../console/chat/replies.tsx';
import type { MessageRow, Row } from '../../console/chat/timeline.ts';

const WHY = { label: 'Why?', text: 'Why?' };
const SCORE = { label: '5 – Very good', text: '/rate 5 1790000000000' };
const row = (key: string, part: Partial<MessageRow> = {}): MessageRow => ({
  kind: 'message',
  key,
  author: 'assistant',
  text: 'words',
  at: 1,
  first: true,
  last: true,
  ...part,
});
const file = { id: 'f', name: 'report.pdf', mimeType: 'application/pdf', size: 1 };
const line = (kind: 'bot' | 'closed'): Row => ({ kind: 'line', key: `${kind}-m1-0`, line: kind });

it.each([
  ['those of the last message', [row('a'), row('b', { replies: [WHY] })], [WHY]],
  ['those of a message behind which its file stands', [row('a', { replies: [WHY] }), row('b', { file })], [WHY]],
  ['those before a line', [row('a', { replies: [WHY] }), line('bot')], [WHY]],
  ['none of an earlier message', [row('a', { replies: [WHY] }), row('b')], []],
  ['none once the visitor wrote', [row('a', { replies: [WHY] }), row('b', { author: 'customer' })], []],
  ['none of a closed conversation', [row('a', { replies: [WHY] }), line('closed')], []],
  ['the scores of a closed conversation', [row('a', { replies: [WHY, SCORE] }), line('closed')], [SCORE]],
  ['no way back, which the card above the composer has', [row('a', { replies: [{ label: 'Back', text: '/assistant' }] })], []],
  ['none without a message', [], []],
] as const)('the page offers %s', (_, rows, replies) => expect(openReplies(rows)).toEqual(replies));
