/**
 * Events that the ring keeps if there are too many, and the gap that a reader gets for the rest.
 */
import { expect, it } from 'vitest';
import { EventRing, type RingLimits } from '#agent-service/event-ring.ts';
import type { RunEvent } from '#agent-service/events.ts';

const file: RunEvent = { type: 'report', name: 'AAPL.pdf', mimeType: 'application/pdf', base64: 'JVBERg==' };
const piece = (offset: number): RunEvent => ({ type: 'chunk', turn: 1, offset, text: 'x' });
const failed: RunEvent = { type: 'error', code: 'stopped', message: 'The run was stopped.', retryable: false };

function ringOf(limits: Partial<RingLimits>, events: readonly RunEvent[]): EventRing {
  const ring = new EventRing({ maxEvents: 1_000, maxBytes: 1_000_000, ...limits }, 1_700_000_000_000);
  for (const event of events) ring.push('r-1', event);
  return ring;
}

function told(ring: EventRing, after?: number): readonly string[] {
  const types: string[] = [];
  for (let next = ring.next(after); next !== undefined; next = ring.next(next.id)) types.push('gap' in next ? 'gap' : next.event.type);
  return types;
}

it('a file outlasts the text that follows it, however long', () => {
  const ring = ringOf({ maxEvents: 5 }, [piece(0), file, ...Array.from({ length: 50 }, (_, offset) => piece(offset)), failed]);
  expect(told(ring)).toEqual(['gap', 'report', 'gap', 'chunk', 'chunk', 'chunk', 'error']);
  expect(told(ring, ring.last - 1)).toEqual(['error']);
  expect(told(ring, 17)).toEqual(told(ring));
  expect(told(ring, ring.last + 1)).toEqual(told(ring));
});

it('so do a card and a reaction', () => {
  const card: RunEvent = { type: 'card', text: '', card: { kind: 'location', latitude: 30, longitude: 31 } };
  const given = [card, { type: 'reaction', emoji: '👍' } as const];
  const ring = ringOf({ maxEvents: 5 }, [piece(0), ...given, ...Array.from({ length: 50 }, (_, offset) => piece(offset)), failed]);
  expect(told(ring)).toEqual(['gap', 'card', 'reaction', 'gap', 'chunk', 'chunk', 'error']);
});

it('of files too large together the oldest goes, and memory stays bounded', () => {
  const large = { ...file, base64: 'A'.repeat(600) };
  const ring = ringOf({ maxBytes: 1_000 }, [piece(0), large, piece(1), large, failed]);
  expect(told(ring)).toEqual(['gap', 'report', 'error']);
});

it('knows which ids are kept', () => {
  const ring = ringOf({ maxEvents: 3 }, [piece(0), file, piece(1), failed]);
  const ids = [1, 2, 3, 4].map((nth) => ring.last - 4 + nth);
  expect(ids.map((id) => ring.has(id))).toEqual([false, true, true, true]);
  expect(ring.has(ring.last + 1)).toBe(false);
});
