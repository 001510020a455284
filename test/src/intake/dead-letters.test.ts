import { expect, test } from 'vitest';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { deadLettersIn } from '#src/intake/dead-letters.ts';
import { MAX_DEAD_LETTER_CONTENT } from '#storage/archive.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

const rejected = (content: unknown, providerId = '7') => ({
  channel: 'telegram',
  account: 'acme_bot',
  providerId,
  receivedAt: 5,
  reason: new InvalidInput('no chat'),
  content,
});

test('keeps the content as it came, and says how much there was where it was too much', async () => {
  const { archive } = createMemoryStore();
  const deadLetter = deadLettersIn(archive);
  await deadLetter(rejected({ update_id: 7, message: { text: 'مرحبا' } }));
  await deadLetter(rejected({ text: 'x'.repeat(100_000) }, '8'));
  await deadLetter(rejected({ other: true }));
  const { items } = await archive.deadLetters(10);
  expect(items).toMatchObject([
    { providerId: '8', size: 100_011 },
    { providerId: '7', code: 'invalid_input', reason: 'no chat', content: '{"update_id":7,"message":{"text":"مرحبا"}}', size: 42 },
  ]);
  expect(items[0]?.content).toHaveLength(MAX_DEAD_LETTER_CONTENT);
});

test('shows what is nested too deep to be written as JSON', async () => {
  const { archive } = createMemoryStore();
  await deadLettersIn(archive)(rejected(JSON.parse(`${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`)));
  expect((await archive.deadLetters(1)).items[0]?.content).toMatch(/^\[\{? ?\{? ?a: \[/);
});

test('fails where it could not be kept', async () => {
  const deadLetter = deadLettersIn({ keepDeadLetter: () => Promise.reject(new Unavailable('the store is away')) });
  await expect(deadLetter(rejected({}))).rejects.toThrow(Unavailable);
});
