/** Facts that a run read, and the humans and customers who change them (session@3). */
import { describe, expect, it } from 'vitest';
import { answered, edited } from '#machines/session/changes.ts';
import { initialContext, type Message, type SessionContext } from '#machines/session/context.ts';
import { isTooMuch, updatedWithSources } from '#machines/session/facts.ts';
import { revoked } from '#machines/session/messenger.ts';
import { readFacts, saysWords } from '#machines/session/reading.ts';
import type { FactReading } from '#machines/session/reading-facts.ts';
import { answerOutput } from '#machines/session/runs.ts';

const agent = { id: 'a1', name: 'Mona' };
const said = (id: string, text: string, at: number): Message => ({ id, role: 'customer', text, at });

function context(parts: Partial<SessionContext> = {}): SessionContext {
  return { ...initialContext({ address: 'web:default:v', assistant: 'x', now: 1 }), ...parts };
}

function fact(value: FactReading['facts'][string]['value'], message: string, at: number, words: string): FactReading['facts'][string] {
  return { value, by: 'rules', at, message, words, confidence: 0.9 };
}

const reading = (facts: FactReading['facts'], through?: string): FactReading => ({ facts, ...(through === undefined ? {} : { through }) });

it('keeps each value with its message, words and confidence, and how far was read', () => {
  const next = readFacts(context(), reading({ bedrooms: fact(3, 'm1', 10, '3 beds') }, 'm1'));
  expect(next.entities).toEqual({ bedrooms: 3 });
  expect(next.sources).toEqual({ bedrooms: { by: 'rules', at: 10, message: 'm1', words: '3 beds', confidence: 0.9 } });
  expect(next.readThrough).toBe('m1');
});

it('goes to preferences if the reader says so', () => {
  const next = readFacts(context(), { into: 'preferences', facts: { likes: fact(['tea'], 'm1', 10, 'tea') } });
  expect(next).toMatchObject({ entities: {}, preferences: { likes: ['tea'] } });
});

it('drops what the customer took back', () => {
  const before = context({ entities: { budget: 3 }, sources: { budget: { by: 'rules', at: 5 } } });
  expect(readFacts(before, reading({ budget: fact(null, 'm2', 20, 'never mind') }))).toMatchObject({ entities: {}, sources: {} });
});

describe('a human’s change', () => {
  const corrected = (at: number, value: number | null = 4): SessionContext => {
    const before = context({ entities: { bedrooms: 3 }, sources: { bedrooms: { by: 'rules', at: 10, message: 'm1', words: '3 beds' } } });
    return { ...before, ...updatedWithSources(before, { type: 'agent.update', at, agent, entities: { bedrooms: { value } } }) };
  };

  it('names who made it', () => {
    expect(corrected(20).sources).toEqual({ bedrooms: { by: 'agent', at: 20, agent: 'Mona' } });
  });

  it('holds against a reading of earlier messages that ends after it', () => {
    expect(readFacts(corrected(20), reading({ bedrooms: fact(3, 'm1', 10, '3 beds') })).entities).toEqual({ bedrooms: 4 });
  });

  it('gives way to what the customer says later', () => {
    const next = readFacts(corrected(20), reading({ bedrooms: fact(5, 'm2', 30, 'five') }));
    expect(next).toMatchObject({ entities: { bedrooms: 5 }, sources: { bedrooms: { by: 'rules', message: 'm2' } } });
  });

  it('that removed a value keeps it away', () => {
    const removed = corrected(20, null);
    expect(removed.entities).toEqual({});
    expect(readFacts(removed, reading({ bedrooms: fact(3, 'm1', 10, '3 beds') })).entities).toEqual({});
    expect(readFacts(removed, reading({ bedrooms: fact(3, 'm2', 21, '3 beds') })).entities).toEqual({ bedrooms: 3 });
  });

  it('of tags alone changes no source', () => {
    expect(updatedWithSources(context(), { type: 'agent.update', at: 1, agent, tags: { add: ['vip'] } })).not.toHaveProperty('sources');
  });
});

it('is part of an answer, in the turn that takes it', () => {
  const before = context({ answering: { taken: 1, after: 'm1' }, messages: [said('m1', '3 beds', 10)] });
  const output = answerOutput.parse({ text: 'Noted.', reading: { facts: { bedrooms: fact(3, 'm1', 10, '3 beds') }, through: 'm1' } });
  expect(answered(before, output)).toMatchObject({ entities: { bedrooms: 3 }, readThrough: 'm1' });
});

describe('a message that the customer edits', () => {
  const before = context({
    messages: [said('m1', 'hi', 5), said('m2', '3 beds in Maadi', 10), said('m3', 'thanks', 15)],
    entities: { bedrooms: 3, place: 'Maadi', note: 'vip' },
    sources: {
      bedrooms: { by: 'model', at: 10, message: 'm2', words: '3 beds' },
      place: { by: 'model', at: 10, message: 'm2', words: 'Maadi' },
      note: { by: 'agent', at: 12 },
    },
    readThrough: 'm3',
  });
  const edit = (id: string, text: string) => edited(before, { type: 'customer.edit', id, at: 20, text });

  it('loses the facts whose words are gone, and is read again', () => {
    const next = edit('m2', 'somewhere in maadi');
    expect(next.entities).toEqual({ place: 'Maadi', note: 'vip' });
    expect(Object.keys(next.sources ?? {})).toEqual(['place', 'note']);
    expect(next.readThrough).toBe('m1');
  });

  it('that was deleted takes its facts with it', () => {
    const next = revoked(before, { type: 'customer.revoke', id: 'm2', at: 20 });
    expect(next).toMatchObject({ entities: { note: 'vip' }, readThrough: 'm1' });
  });

  it('that was the first is read from the beginning', () => {
    expect(edit('m1', 'hello').readThrough).toBe('');
  });

  it('and was not read yet changes nothing', () => {
    expect(edited({ ...before, readThrough: 'm1' }, { type: 'customer.edit', id: 'm3', at: 20, text: 'x' })).not.toHaveProperty(
      'readThrough',
    );
  });
});

it('stays within what a session takes of facts', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, index]));
  const next = readFacts(context({ entities: many }), reading({ more: fact(1, 'm1', 10, 'x'), f0: fact(9, 'm1', 10, 'x') }));
  expect(Object.keys(next.entities ?? {})).toHaveLength(200);
  expect(next.entities).toMatchObject({ f0: 9 });
  expect(
    isTooMuch(context({ entities: next.entities ?? {} }), { type: 'agent.update', at: 1, agent, entities: { more: { value: 1 } } }),
  ).toBe(true);
});

it.each([
  ['I want 3  Bedrooms', '3 bedrooms', true],
  ['ميزانيّتي ٣ مليون', 'ميزانيتي ٣', true],
  ['3 bedrooms', '4 bedrooms', false],
  ['anything', '', false],
  ['anything', '  ', false],
])('%j says %j: %s', (text, words, expected) => {
  expect(saysWords(text, words)).toBe(expected);
});

it('keeps the preferences that an answer gives beside what it read', () => {
  const output = {
    text: '',
    preferences: { tone: 'formal' },
    entities: { visits: 2 },
    reading: reading({ bedrooms: fact(3, 'm1', 10, '3 beds') }),
  };
  const { preferences, entities } = answered(context(), answerOutput.parse(output));
  expect([preferences, entities]).toEqual([{ tone: 'formal' }, { visits: 2, bedrooms: 3 }]);
});
