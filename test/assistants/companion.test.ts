/**
 * Memory and preferences of the companion, in English and Arabic, without and with a model (A9).
 */
import { describe, expect, it } from 'vitest';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { companionPreferences } from '#assistants/companion/preferences.ts';
import { AssistantSession } from '#test/assistants/assistant-session.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';

async function told(s: AssistantSession, text: string): Promise<string> {
  const before = s.sent.length;
  await s.say(text);
  await expect.poll(() => s.sent.length).toBeGreaterThan(before);
  await expect.poll(async () => (await s.context()).answering).toBeNull();
  return s.sent.slice(before).join('\n');
}

function read(text: string, known: Record<string, string | string[]> = {}) {
  const facts = companionPreferences.byRules?.({ messages: [{ id: 'm1', text, at: 1 }], known }) ?? {};
  return Object.fromEntries(Object.entries(facts).map(([name, { value }]) => [name, value]));
}

describe('what is read', () => {
  it.each([
    ['My name is Nora', { name: 'Nora' }],
    ['call me Sam please', { name: 'Sam' }],
    ['اسمي سارة', { name: 'سارة' }],
    ["I'm Sara", { name: 'Sara' }],
    ['Hi, I am Omar Ali, nice to meet you', { name: 'Omar Ali' }],
    ['ana Omar', { name: 'Omar' }],
    ['أنا سارة', { name: 'سارة' }],
    ['السلام عليكم، انا محمد', { name: 'محمد' }],
    ['ناديني عمر', { name: 'عمر' }],
    ["I'm tired", {}],
    ["I'm Tired.", {}],
    ["I'm Egyptian", {}],
    ['I am from Cairo', {}],
    ["I'm Omar's brother", {}],
    ['call me back tomorrow', {}],
    ['call me at noon', {}],
    ['أنا تعبان', {}],
    ['أنا مش فاهم', {}],
    ['انا محتاج مساعدة', {}],
    ['I love dark chocolate', { likes: ['dark chocolate'] }],
    ['بحب القهوة', { likes: ['القهوة'] }],
    ["I don't like long answers", { dislikes: ['long answers'] }],
    ['مش بحب السمك', { dislikes: ['السمك'] }],
    ['Please remember that I am allergic to nuts', { remember: ['I am allergic to nuts'] }],
    ['تذكر أن موعدي يوم الأحد', { remember: ['موعدي يوم الأحد'] }],
    ['please answer in Arabic', { language: 'ar' }],
    ['كلمني بالإنجليزية', { language: 'en' }],
    ['keep your answers short', { answers: 'short' }],
    ['Do you remember my name?', {}],
    ['What do you like?', {}],
    ['hello', {}],
    ['12 * 3', {}],
    ['the weather is nice', {}],
  ])('"%s"', (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(companionPreferences.mayHold(text)).toBe(Object.keys(expected).length > 0);
  });

  it('adds to what is kept, each once', () => {
    expect(read('I like tea', { likes: ['coffee'] })).toEqual({ likes: ['coffee', 'tea'] });
    expect(read('I like coffee', { likes: ['coffee'] })).toEqual({});
  });

  it.each([
    ['forget that I like coffee', { likes: ['green tea'] }],
    ['forget my name', { name: null }],
    ['انسى اسمي', { name: null }],
    ['forget everything about me', { name: null, likes: null, remember: null }],
    ['انسى كل شيء', { name: null, likes: null, remember: null }],
    ['forget the nuts', { remember: null }],
    ["don't forget the nuts", {}],
    ['forget football', {}],
  ])('"%s" forgets', (text, expected) => {
    const known = { name: 'Nora', likes: ['coffee', 'green tea'], remember: ['I am allergic to nuts'] };
    expect(read(text, known)).toEqual(expected);
  });
});

it('keeps, lists and forgets, over /reset and into the next session', async () => {
  const s = new AssistantSession(companion);
  await told(s, 'My name is Nora');
  expect(await told(s, 'remember that my dog is Rex')).toContain('I will remember that');
  await told(s, 'I love dark chocolate');
  const listed = await told(s, 'what do you know about me?');
  expect(listed).toBe('This is what I keep about you:\n- Your name is Nora\n- You like dark chocolate\n- “my dog is Rex”');

  await s.command('reset');
  expect((await s.context()).messages).toEqual([]);
  expect(await told(s, 'what is my name?')).toContain('Nora');
  expect(await told(s, 'ماذا تعرف عني؟')).toContain('تحب dark chocolate');

  expect(await told(s, 'forget my dog')).toContain('no longer keep');
  expect(await told(s, 'what do you know about me?')).not.toContain('Rex');

  await s.act({ type: 'close', by: 'test' });
  expect(await told(s, 'what do you know about me?')).toContain('You like dark chocolate');
  expect((await s.context()).preferences).toEqual({ name: 'Nora', likes: ['dark chocolate'] });
  await told(s, 'forget everything');
  expect((await s.context()).preferences).toEqual({});
  expect(await s.replayed()).toEqual(await s.stored());
});

it('has the model read only messages that may hold something, and gives it what is kept', async () => {
  const api = await FakeMessagesApi.start();
  try {
    const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0, model: 'claude-test' });
    const s = new AssistantSession(companion, provider);
    api.otherwise((writer, response) => {
      const isReading = api.requests.at(-1)?.body.output_config?.format !== undefined;
      const found = [{ field: 'likes', value: ['jazz'], message: 0, words: 'jazz', confidence: 0.9 }];
      return says([isReading ? JSON.stringify({ found, dropped: [] }) : 'Nice.'])(writer, response);
    });
    await told(s, 'hello there');
    expect(api.requests).toHaveLength(1);
    await told(s, 'I really like jazz in the evening');
    expect(api.requests).toHaveLength(3);
    expect((await s.context()).preferences).toEqual({ likes: ['jazz'] });
    await told(s, 'what else?');
    expect(JSON.stringify(api.requests.at(-1)?.body.system)).toContain('\\"likes\\":[\\"jazz\\"]');
  } finally {
    await api.close();
  }
});
