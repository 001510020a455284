import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { eventForms, eventOf, exampleOf } from '#console/machines/event-form.ts';
import { hashOf, placeIn } from '#console/machines/place.ts';
import type { TimelineEntry } from '#console/machines/session-api.ts';
import { SESSION_STRINGS } from '#console/machines/session-strings.ts';
import { layoutOf, marksWithin } from '#console/machines/timeline-layout.ts';
import { sessionEvent } from '#machines/session/events.ts';

const entry = (seq: number, at: number, delivery: TimelineEntry['delivery'] = null): TimelineEntry => ({
  ...{ seq, at, kind: 'customer.message', lane: 'customer', author: null, text: null, moved: true, delivery },
});

describe('the timeline', () => {
  test('gives every entry the same room, and on real time the room that it took', () => {
    const entries = [entry(1, 0), entry(2, 1_000), entry(3, 1_000), entry(4, 9_000_000)];
    const compressed = layoutOf(entries, false);
    expect(compressed.marks.map(({ x }) => x - (compressed.marks[0]?.x ?? 0))).toEqual([0, 18, 36, 54]);
    const real = layoutOf(entries, true);
    expect(real.marks.map(({ x }) => x - (real.marks[0]?.x ?? 0))).toEqual([0, 8, 14, 414]);
    expect(real.xOf(3)).toBe(real.marks[2]?.x);
    expect(real.width).toBeGreaterThan(real.xOf(4));
  });

  test('has a second mark for a delivery, and draws only what is in view', () => {
    const sent = layoutOf([entry(1, 0, { status: 'sent', at: 5 })], false);
    expect(sent.marks.map(({ lane }) => lane)).toEqual(['customer', 'deliveries']);
    const long = layoutOf(
      Array.from({ length: 20_000 }, (_, index) => entry(index + 1, index)),
      false,
    );
    const shown = marksWithin(long.marks, 100_000, 101_200);
    expect(shown.length).toBeLessThan(70);
    expect(shown.every(({ x }) => x >= 100_000 && x <= 101_200)).toBe(true);
    expect(marksWithin([], 0, 100)).toEqual([]);
  });
});

describe('forms of events', () => {
  const forms = eventForms(z.toJSONSchema(sessionEvent, { io: 'input', unrepresentable: 'any' }));

  test('are there for each event of the session machine, without its time', () => {
    expect(forms.map(({ type }) => type)).toEqual(expect.arrayContaining(['customer.message', 'agent.claim', 'escalate', 'agent.update']));
    const message = forms.find(({ type }) => type === 'customer.message');
    expect(message?.fields).toEqual(
      expect.arrayContaining([
        { name: 'id', required: true, input: 'text', choices: [] },
        { name: 'text', required: true, input: 'text', choices: [] },
        expect.objectContaining({ name: 'media', required: false, input: 'json' }),
      ]),
    );
    expect(message?.fields.map(({ name }) => name)).not.toContain('at');
  });

  test('make the event, or say that a field is wrong', () => {
    const form = forms.find(({ type }) => type === 'agent.update');
    if (form === undefined) throw new Error('no form');
    const example = exampleOf(form, 3);
    expect(eventOf(form, { ...example, priority: 'high', tags: '{"add":["vip"]}' })).toEqual({
      type: 'agent.update',
      agent: { id: 'tester', name: 'Tester' },
      priority: 'high',
      tags: { add: ['vip'] },
    });
    expect(eventOf(form, { ...example, tags: '{' })).toBeUndefined();
    expect(eventOf(form, {})).toBeUndefined();
    // What a form would send at once is an event that the machine takes.
    for (const one of forms.filter(({ type }) =>
      /^(customer\.(message|edit|command)|agent\.(claim|message|release)|note|close|escalate)$/.test(type),
    )) {
      const event = eventOf(one, {
        name: 'help',
        reason: 'asked',
        by: 'a',
        ...exampleOf(one, 1),
        ...(one.type === 'customer.command' ? { name: 'help' } : {}),
      });
      expect([one.type, sessionEvent.safeParse({ at: 1, ...event }).error]).toEqual([one.type, undefined]);
    }
    expect(eventForms({ type: 'object' })).toEqual([]);
  });
});

test('the address names the session, the step and what is beside it', () => {
  const place = { session: 'a-b', seq: 12, other: 'c', otherSeq: 3, sandbox: undefined, share: undefined };
  expect(placeIn(hashOf(place))).toEqual(place);
  expect(placeIn('#session=x&seq=-1&otherSeq=1e9')).toMatchObject({ session: 'x', seq: undefined, otherSeq: undefined });
});

test('every word is there in both languages', () => {
  const { en, ar } = SESSION_STRINGS;
  for (const [name, word] of Object.entries(en))
    if (typeof word === 'string') expect([name, Reflect.get(ar, name)]).not.toEqual([name, word]);
});
