/** When the concierge brings in a human by itself. */
import { describe, expect, it } from 'vitest';
import { anger, escalateConcierge } from '#assistants/property-concierge/escalation.ts';
import { english } from '#assistants/property-concierge/offline/words-english.ts';
import type { Message } from '#machines/session/context.ts';

const of =
  (role: Message['role']) =>
  (text: string): Message => ({ id: text, role, text, at: 1 });
const [customer, assistant] = [of('customer'), of('assistant')];

function escalation(messages: readonly Message[], entities = {}) {
  return escalateConcierge({ messages, pending: 1, entities, preferences: {}, locale: 'en' });
}

describe.each([
  'this is useless',
  'You are a stupid bot',
  'what a waste of time',
  'انت غبي',
  'زهقت منكم',
  'WHY DO YOU KEEP ASKING??? I said 3 bedrooms',
])('%s', (text) => {
  it('is enough', () => {
    expect(escalation([customer(text)])?.reason).toMatch(/^the customer is frustrated\. /);
  });
});

it.each([
  '2BR IN NEW CAIRO',
  'ASAP',
  'I want a villa!',
  'no',
  'عايز شقة',
  'Is it near the AUC?',
  'not in October please',
  'مش عايز فيلا',
  'RE: my flat',
])('"%s" is calm', (text) => {
  expect(anger(text)).toBeLessThan(2);
  expect(escalation([customer(text)])).toBeUndefined();
});

it('adds up over the last three messages, and only while the customer goes on', () => {
  expect(escalation([customer('I already told you'), assistant('Noted.'), customer('not what i asked')])?.reason).toContain('frustrated');
  expect(escalation([customer('I already told you'), assistant('Noted.'), customer('3 bedrooms')])).toBeUndefined();
  expect(escalation([customer('I already told you'), customer('a'), customer('b'), customer('c'), customer('قلتلك')])).toBeUndefined();
});

it('follows two replies that did not help, and the same message three times', () => {
  const failing = assistant(`${english.notUnderstood} Which area?`);
  expect(escalation([customer('x'), failing, customer('y'), failing, customer('z')])?.reason).toContain('failed repeatedly');
  expect(escalation([customer('x'), failing, customer('y'), assistant('Noted.'), customer('z')])).toBeUndefined();
  const again = customer('where is my contract');
  expect(escalation([again, assistant('?'), again, assistant('?'), again])?.reason).toContain('failed repeatedly');
});

it('gives the human the facts in one line, and the customer an apology in their language', () => {
  const made = escalation([customer('زهقت')], { name: 'Sara', bedrooms: 3, locations: ['Maadi'], budgetMax: 4e6 });
  expect(made?.reason).toBe('the customer is frustrated. Sara. Looks for: 3 bedrooms, in Maadi, up to 4 million EGP.');
  expect(made?.text).toMatch(/أعتذر/);
  expect(
    escalation([customer('useless')], Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, 'x'.repeat(100)])))?.reason.length,
  ).toBeLessThanOrEqual(500);
});
