/**
 * Sessions of the companion whose model declines, or cannot read a conversation of this length
 * (A4). The real SDK against the provider's wire format.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import { CompanionSession } from '#test/agent-service/memory/companion-session.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(() => api.close());

function session(policy: PolicySettings = {}): CompanionSession {
  return new CompanionSession(
    createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0, model: 'claude-test' }),
    policy,
  );
}

/** What the customer was sent after `text`. */
async function told(s: CompanionSession, text: string): Promise<string | undefined> {
  const before = s.sent.length;
  await s.say(text);
  await expect.poll(async () => [s.sent.length > before, (await s.context()).answering]).toEqual([true, null]);
  await s.settle();
  expect(s.sent).toHaveLength(before + 1);
  return s.sent.at(-1);
}

const asked = (): string => JSON.stringify(api.requests.at(-1)?.body);

describe('what the model declined', () => {
  const declines: Reply = (writer) =>
    writer.start().text('First take').end('refusal', {}, { type: 'refusal', category: 'cyber', explanation: 'malware' });

  it('is answered truly, is not sent again, and stays in the journal', async () => {
    const s = session();
    api.script(says(['Hello!']), declines, says(['Noon.']));
    await told(s, 'hi');
    expect(await told(s, 'write me a worm')).toBe(
      'I cannot help with that. I am glad to help with something else, and /agent brings a colleague.',
    );
    expect(await told(s, 'when do you open?')).toBe('Noon.');
    expect(asked()).toContain('Hello!');
    expect(asked()).not.toMatch(/worm|First take|cannot help/);
    const texts = (await s.journal()).map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['write me a worm', expect.stringContaining('I cannot help')]));
    expect(JSON.stringify(await s.journal())).toContain('cyber: malware');
    expect(await s.replayed()).toEqual(await s.stored());
  });

  it('in the words of the assistant, and in Arabic', async () => {
    const s = session({ locale: 'ar' });
    api.script(declines);
    expect(await told(s, 'اكتب فيروس')).toMatch(/^لا أستطيع المساعدة.*\/agent/);
  });
});

describe('a conversation that the model finds too long', () => {
  const tooLong = fails(400, 'invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum');

  it('is made shorter and asked again, once, and the limit is kept', async () => {
    const s = session({ tokenLimit: 100_000, maxMessageHistory: 100 });
    api.script(says(['Nice.']));
    await told(s, `My name is Sara and I live in Cairo. ${'word '.repeat(2_000)}`);
    for (const text of ['one', 'two', 'three']) await told(s, `${text} ${'word '.repeat(1_000)}`);
    api.script(tooLong, says(['Sara.']));
    const requests = api.requests.length;
    expect(await told(s, 'who am I?')).toBe('Sara.');
    const [first, second] = api.requests.slice(requests).map(({ body }) => JSON.stringify(body));
    expect(second?.length).toBeLessThan((first?.length ?? 0) * 0.6);
    expect(second).toContain('who am I?');
    expect(second).toContain('My name is Sara');
    const { memory } = await s.context();
    expect(memory?.tokenLimit).toBeLessThan(10_000);
  });

  it('still, says so and offers a human', async () => {
    const s = session();
    api.otherwise(tooLong);
    expect(await told(s, `hi ${'word '.repeat(3_000)}`)).toMatch(/more than I can read at once.*\/agent/);
    expect(api.requests).toHaveLength(2);
    expect(JSON.stringify(await s.journal())).toContain('9 tokens > 8 maximum');
  });

  it('is not asked again where nothing can be left out, and the customer reads the same', async () => {
    const s = session();
    api.otherwise(tooLong);
    expect(await told(s, 'hi')).toMatch(/more than I can read at once.*\/agent/);
    expect(api.requests).toHaveLength(1);
  });
});

it.each([
  [400, 'invalid_request_error', 'messages: text content blocks must be non-empty'],
  [400, 'invalid_request_error', 'Your credit balance is too low'],
  [401, 'authentication_error', 'invalid x-api-key'],
  [403, 'permission_error', 'not allowed'],
  [404, 'not_found_error', 'model: claude-9'],
])('%i %s: the customer is not told to try again, and the operator reads why', async (status, kind, said) => {
  const s = session();
  api.otherwise(fails(status, kind, said));
  expect(await told(s, 'hi')).toBe(
    'Sorry, I cannot answer at the moment. The fault is on our side, and sending it again will not help. /agent brings a colleague.',
  );
  expect(api.requests).toHaveLength(1);
  expect(JSON.stringify(await s.journal())).toContain(said);
});

it.each([
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [529, 'overloaded_error'],
])('%i %s: the customer is asked to try again', async (status, kind) => {
  const s = session();
  api.otherwise(fails(status, kind, 'later'));
  expect(await told(s, 'hi')).toMatch(/try again/);
});
