import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ApiRefusal } from '#console/inbox/api-request.ts';
import { eventForms, eventOf, exampleOf, inputFields, readFields } from '#console/machines/event-form.ts';
import { hashOf, placeIn } from '#console/machines/place.ts';
import { codeOf, problemText } from '#console/machines/problem-text.ts';
import type { TimelineEntry } from '#console/machines/session-api.ts';
import { sessionTimes } from '#console/machines/session-times.ts';
import { SESSION_STRINGS } from '#console/machines/session-words.ts';
import { isTimeAt, linesOf, timerName } from '#console/machines/shown-value.ts';
import { around, entryAt, instanceAt, layoutOf, outcomeOf, resultOf, within } from '#console/machines/timeline-layout.ts';
import { analysisSessionRequest } from '#machines/analysis-session/context.ts';
import { sessionEvent } from '#machines/session/events.ts';
import { jsonSchemaOf } from '#src/operations/machine-graphs.ts';

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
    const shown = within(long.marks, 100_000, 101_200);
    expect(shown.length).toBeLessThan(70);
    expect(shown.every(({ x }) => x >= 100_000 && x <= 101_200)).toBe(true);
    expect(within([], 0, 100)).toEqual([]);
    // Times stand apart from each other, and a pause says how long it was.
    expect(long.ticks.every(({ x }, index) => index === 0 || x - (long.ticks[index - 1]?.x ?? 0) >= 96)).toBe(true);
    const real = layoutOf([entry(1, 0), entry(2, 3_600_000), entry(3, 3_601_000)], true);
    expect(real.pauses).toEqual([{ x: 16, width: 400, ms: 3_600_000 }]);
    expect(within(real.pauses, 300, 310)).toHaveLength(1);
    expect(within(real.pauses, 420, 500)).toEqual([]);
  });

  test('finds the entries around a step, its instance, and the outcome of a run', () => {
    const entries = Array.from({ length: 20 }, (_, index) => ({
      ...entry(index + 1, index),
      ...(index % 4 === 0 ? { instance: `i${index + 1}` } : {}),
      ...(index === 6 || index === 9 ? { lane: 'runs' as const, serial: 5 } : {}),
      ...(index === 12 ? { lane: 'timers' as const, serial: 5 } : {}),
    }));
    expect(around(entries, 1, 9).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(around(entries, 10, 9).map(({ seq }) => seq)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(around(entries, 20, 9).map(({ seq }) => seq)).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(around(entries.slice(0, 3), 2, 9)).toHaveLength(3);
    expect([entryAt(entries, 7)?.seq, entryAt([], 7)]).toEqual([7, undefined]);
    expect([instanceAt(entries, 8), instanceAt(entries, 9), instanceAt(entries.slice(1, 3), 2)]).toEqual(['i5', 'i9', undefined]);
    expect(outcomeOf(entries, 5, 3)?.seq).toBe(10);
    expect(outcomeOf(entries, 5, 10)).toBeUndefined();
    expect(resultOf({ ignored: 'it is closed' })).toBe('ignored');
    expect(resultOf({})).toBeUndefined();
  });
});

describe('values', () => {
  test('are lines, with times as times', () => {
    expect(linesOf({ role: 'customer', at: 5, list: ['a', { b: null }], none: {} })).toEqual([
      { key: 'role', value: 'customer' },
      { key: 'at', value: 5 },
      { key: 'list.0', value: 'a' },
      { key: 'list.1.b', value: null },
      { key: 'none', value: '{}' },
    ]);
    expect(linesOf('a text')).toEqual([{ key: '', value: 'a text' }]);
    expect([isTimeAt('/service/firstAt', 1_790_000_000_000), isTimeAt('/at', 7), isTimeAt('/tokens', 1_790_000_000_000)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('name the timers of XState by their delay and their state', () => {
    expect(timerName('xstate.after.idle.session.open.lifecycle.ACTIVE.bot', 'session')).toBe('idle (open.lifecycle.ACTIVE.bot)');
    expect(timerName('xstate.after.30000.door', 'door')).toBe('30000.door');
    expect(timerName('snooze', 'session')).toBe('snooze');
  });

  test('say how long something took', () => {
    const times = sessionTimes('en-GB', 'UTC');
    expect([0, 350, 59_000, 61_000, 3_660_000, 90_061_000].map(times.duration)).toEqual([
      '0 secs',
      '0.35 secs',
      '59 secs',
      '1 min',
      '1 hr 1 min',
      '1 day 1 hr',
    ]);
    expect(times.precise(1_790_000_000_123)).toBe('14:13:20.123');
  });
});

test('a refusal says what to do', () => {
  const words = SESSION_STRINGS.en.problems;
  expect(problemText(new ApiRefusal('not_found', 'no such session'), words, words.noSession)).toBe(words.noSession);
  expect(problemText(new ApiRefusal('unreplayable', 'x'), words, words.noSession)).toBe(words.unreplayable);
  expect(problemText(new ApiRefusal('unauthorized', 'x'), words, words.noSession)).toBe(words.ended);
  expect(problemText(new ApiRefusal('no_room', 'There are 500 sandboxes already.'), words, '')).toBe('There are 500 sandboxes already.');
  expect(problemText(new TypeError('Failed to fetch'), words, '')).toBe(words.unreachable);
  expect([codeOf(new ApiRefusal('changed', '')), codeOf(new Error('x'))]).toEqual(['changed', undefined]);
});

describe('forms of events', () => {
  const forms = eventForms(z.toJSONSchema(sessionEvent, { io: 'input', unrepresentable: 'any' }));

  test('are there for each event of the session machine, without its time', () => {
    expect(forms.map(({ type }) => type)).toEqual(expect.arrayContaining(['customer.message', 'agent.claim', 'escalate', 'agent.update']));
    const message = forms.find(({ type }) => type === 'customer.message');
    const plain = { inOptional: false, nullable: false, choices: [] };
    expect(message?.fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...plain, path: ['id'], name: 'id', required: true, input: 'text' }),
        expect.objectContaining({ ...plain, path: ['text'], name: 'text', required: true, input: 'text' }),
        expect.objectContaining({ name: 'media', required: false, input: 'json' }),
        expect.objectContaining({ path: ['customer', 'phone'], name: 'customer.phone', inOptional: true, input: 'text' }),
      ]),
    );
    expect(message?.fields.map(({ name }) => name)).not.toContain('at');
    expect(formOf('agent.update').fields).toContainEqual(expect.objectContaining({ name: 'tags.add', input: 'lines' }));
    expect(formOf('customer.reaction').fields).toContainEqual(expect.objectContaining({ name: 'emoji', nullable: true }));
    expect(formOf('customer.call').fields).toContainEqual(expect.objectContaining({ name: 'seconds', input: 'number', min: 0 }));
  });

  const formOf = (type: string) => {
    const form = forms.find((one) => one.type === type);
    if (form === undefined) throw new Error(`no form for ${type}`);
    return form;
  };

  test('make the event, or say which field is wrong', () => {
    const form = formOf('agent.update');
    const example = exampleOf(form, 3, 1);
    expect(eventOf(form, { ...example, priority: 'high', 'tags.add': 'vip\nnew', entities: '{"budget":{"value":3}}' })).toEqual({
      value: {
        type: 'agent.update',
        agent: { id: 'tester', name: 'Tester' },
        priority: 'high',
        tags: { add: ['vip', 'new'] },
        entities: { budget: { value: 3 } },
      },
    });
    expect(eventOf(form, { ...example, entities: '{' })).toEqual({ wrong: 'entities' });
    const call = formOf('customer.call');
    expect(eventOf(call, { ...exampleOf(call, 1, 1), seconds: '-1' })).toEqual({ wrong: 'seconds' });
    expect(eventOf(formOf('customer.message'), { text: 'hi' })).toEqual({ wrong: 'id' });
    // A record that may be left out is left out as a whole, and is needed as a whole.
    const transfer = formOf('agent.transfer');
    expect(eventOf(transfer, exampleOf(transfer, 1, 1))).toEqual({
      value: { type: 'agent.transfer', agent: { id: 'tester', name: 'Tester' } },
    });
    expect(eventOf(transfer, { ...exampleOf(transfer, 1, 1), 'to.name': 'Ann' })).toEqual({ wrong: 'to.id' });
    expect(eventOf(formOf('customer.reaction'), { id: 'm1' })).toEqual({ value: { type: 'customer.reaction', id: 'm1', emoji: null } });
    expect(eventForms({ type: 'object' })).toEqual([]);
  });

  test('can be sent at once with their examples, for every event of the session machine', () => {
    const now = 1_790_000_000_000;
    for (const one of forms) {
      const read = eventOf(one, { ...exampleOf(one, 1, now), ...(one.type.startsWith('media.') ? KEPT : {}) });
      if (!('value' in read)) throw new Error(`${one.type} has no example for ${read.wrong}`);
      expect([one.type, sessionEvent.safeParse({ at: now, ...read.value }).error?.message]).toEqual([one.type, undefined]);
    }
  });
});

test('a form for what opens a session is made from the schema of its machine', () => {
  const fields = inputFields(jsonSchemaOf(analysisSessionRequest));
  expect(fields.map(({ name, input, nullable }) => [name, input, nullable])).toEqual([
    ['owner', 'text', false],
    ['kind', 'choice', false],
    ['title', 'text', true],
    ['ttlHours', 'number', false],
  ]);
  const example = exampleOf({ fields }, 1, 0);
  const value = { owner: 'tester', kind: 'equity', title: null, ttlHours: 1 };
  expect(readFields(fields, example)).toEqual({ value });
  expect(analysisSessionRequest.parse(value)).toEqual(value);
  expect(readFields(fields, { ...example, ttlHours: '169' })).toEqual({ wrong: 'ttlHours' });
  expect(inputFields(null)).toEqual([]);
});

const KEPT = { messageId: 'm1', file: '01890a5d-ac96-774b-bcce-b302099a8001.photo.png', sha256: 'a'.repeat(64), mimeType: 'image/png' };

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
